import type { Exemption } from "../../config/policies";
import { like, text } from "./cel";

/** Kinds whose pods controllers make: the chain from the kind of the exemption down to the owner of the pod. */
const OWNERS: Readonly<Record<string, readonly Owner[]>> = {
  Deployment: ["Deployment", "ReplicaSet"],
  ReplicaSet: ["ReplicaSet"],
  StatefulSet: ["StatefulSet"],
  DaemonSet: ["DaemonSet"],
  ReplicationController: ["ReplicationController"],
  Job: ["Job"],
  CronJob: ["CronJob", "Job"],
};

/**
 * The account under which the controller manager acts for each kind
 * (k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go).
 */
const ACCOUNTS = {
  Deployment: "deployment-controller",
  ReplicaSet: "replicaset-controller",
  StatefulSet: "statefulset-controller",
  DaemonSet: "daemon-set-controller",
  ReplicationController: "replication-controller",
  Job: "job-controller",
  CronJob: "cronjob-controller",
} as const;
type Owner = keyof typeof ACCOUNTS;

/** What the controller manager is called without `--use-service-account-credentials`. */
const MANAGER = "system:kube-controller-manager";

/** Conditions under which an object is exempt from a rule as a whole; those for one container are `exemptContainer`'s. */
export function exemptObject(exemptions: readonly Exemption[]): readonly string[] {
  return exemptions.filter(({ target }) => target.container === undefined).map(objectCondition);
}

/** Conditions under which the variable `container` is exempt from a rule. */
export function exemptContainer(exemptions: readonly Exemption[]): readonly string[] {
  return exemptions.flatMap((exemption) => {
    const { container } = exemption.target;
    return container === undefined ? [] : [`${objectCondition(exemption)} && ${like("container.name", container)}`];
  });
}

function objectCondition(exemption: Exemption): string {
  const { apiVersion, kind, namespace, name } = exemption.target;
  const inNamespace = namespace === undefined ? [] : [like("request.namespace", namespace)];
  const itself = [
    ...(apiVersion === undefined ? [] : [like("object.apiVersion", apiVersion)]),
    ...(kind === undefined ? [] : [like("object.kind", kind)]),
    ...(name === undefined ? [] : [like(OBJECT_NAME, name)]),
  ];
  const alternatives = [itself.join(" && ") || "true", ...made(kind, name)];
  return [...inNamespace, unexpired(exemption), `(${alternatives.map((each) => `(${each})`).join(" || ")})`].join(
    " && ",
  );
}

/**
 * Admission expressions have no clock, but the API server dates what is being created before policies see it
 * (k8s.io/apiserver, registry/rest/create.go, BeforeCreate): what is made after the last day, pods above all, is no
 * longer exempt. What exists may be changed until the next `pulumi up`.
 */
function unexpired({ expires }: Exemption): string {
  const [year = 0, month = 1, day = 1] = expires.split("-").map(Number);
  const end = new Date(Date.UTC(year, month - 1, day + 1)).toISOString();
  return `!(request.operation == 'CREATE' && timestamp(object.metadata.creationTimestamp) >= timestamp(${text(end)}))`;
}

const OBJECT_NAME = "object.metadata.?name.orValue(object.metadata.?generateName.orValue(''))";

/**
 * What the controllers make from an exempt workload is exempt too, and only when they make it: anyone may write
 * an ownerReference, but not as the controllers' service accounts.
 */
function made(kind: string | undefined, name: string | undefined): readonly string[] {
  const chain = kind === undefined ? undefined : OWNERS[kind];
  if (chain === undefined) return [];
  return chain.map((owner, index) => {
    const makers = [`system:serviceaccount:kube-system:${ACCOUNTS[owner]}`, MANAGER];
    const named = name === undefined ? "true" : like("owner.name", index === 0 ? name : `${name}-*`);
    return `request.userInfo.username in [${makers.map(text).join(", ")}] && object.metadata.?ownerReferences.orValue([]).exists(owner, owner.?controller.orValue(false) && owner.kind == ${text(owner)} && ${named})`;
  });
}
