import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { AdmittedPod } from "./accounts";
import type { OperatorNamespace } from "./define";
import type { Facts } from "./facts";
import { podPathOf } from "./overlay";

/** Fields in which OpenShift gives each namespace a range of its own, and refuses every other value (`restricted-v2`). */
const IDS: ReadonlySet<string> = new Set(["runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"]);
const CONTAINERS = ["initContainers", "containers", "ephemeralContainers"];

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object without fixed users and groups, where OpenShift fills them in: the same object where it has none, or where its
 * namespace holds named agents of the host, whose constraints leave them their own.
 */
export function withoutIds<Props extends Fields>(
  props: Props,
  kind: string,
  namespaces: readonly OperatorNamespace[],
): Props {
  const path = podPathOf(kind);
  if (path === undefined || inAgents(props, namespaces)) return props;
  const spec = changedAt(fieldsOf(props["spec"]), path, podWithoutIds);
  return spec === undefined ? props : { ...props, spec };
}

function inAgents(props: Fields, namespaces: readonly OperatorNamespace[]): boolean {
  const { namespace } = fieldsOf(props["metadata"]);
  return namespaces.some(({ name, podSecurity }) => name === namespace && podSecurity.level === "privileged");
}

/** The object with what lies at the path changed; undefined where nothing changes. */
function changedAt(
  object: Fields,
  path: readonly string[],
  change: (inner: Fields) => Fields | undefined,
): Fields | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return change(object);
  const inner = changedAt(fieldsOf(object[key]), rest, change);
  return inner === undefined ? undefined : { ...object, [key]: inner };
}

function podWithoutIds(pod: Fields): Fields | undefined {
  const containers = CONTAINERS.flatMap((field): [string, unknown][] => {
    const list: unknown = pod[field];
    if (!Array.isArray(list) || !list.some((each: unknown) => contextWithoutIds(fieldsOf(each)) !== undefined))
      return [];
    return [[field, list.map((each: unknown) => contextWithoutIds(fieldsOf(each)) ?? each)]];
  });
  const own = contextWithoutIds(pod);
  if (own === undefined && containers.length === 0) return undefined;
  return { ...(own ?? pod), ...Object.fromEntries(containers) };
}

function contextWithoutIds(holder: Fields): Fields | undefined {
  const context = fieldsOf(holder["securityContext"]);
  const kept = Object.entries(context).filter(([field]) => !IDS.has(field));
  if (kept.length === Object.keys(context).length) return undefined;
  return { ...holder, securityContext: Object.fromEntries(kept) };
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/**
 * The narrowest of OpenShift's own constraints that lets a named agent in: host paths alone as any user, or all that an agent
 * of the node may need (OpenShift, "Managing security context constraints").
 */
function constraintsOf(pods: readonly AdmittedPod[]): string | undefined {
  const wide = pods.some(
    ({ privileged, hostPID, hostNetwork, capabilities }) =>
      privileged === true || hostPID === true || hostNetwork === true || (capabilities ?? []).length > 0,
  );
  if (wide) return "privileged";
  return pods.some(({ hostPaths }) => (hostPaths ?? []).length > 0) ? "hostmount-anyuid" : undefined;
}

/** What lets the named agents of the host run on OpenShift; elsewhere nothing. */
export function constraintBindings(
  { cluster }: Pick<Facts, "cluster">,
  namespaces: readonly OperatorNamespace[],
): Manifest[] {
  if (cluster.distribution !== "openshift") return [];
  return namespaces.flatMap(({ name: namespace, podSecurity }) => {
    if (podSecurity.level !== "privileged") return [];
    const accounts = [...new Set(podSecurity.admits.map(({ account }) => account))].sort();
    return accounts.flatMap((account) => {
      const constraints = constraintsOf(podSecurity.admits.filter((pod) => pod.account === account));
      return constraints === undefined ? [] : [binding(namespace, account, constraints)];
    });
  });
}

function binding(namespace: string, account: string, constraints: string): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: `mijnbureau-platform:scc:${account}`, namespace, labels: managedLabels },
    // OpenShift has a ClusterRole for each of its constraints.
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: `system:openshift:scc:${constraints}`,
    },
    subjects: [{ kind: "ServiceAccount", name: account, namespace }],
  };
}
