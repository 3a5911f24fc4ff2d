import { join } from "node:path";
import { loadDocuments } from "../../cli/verify/documents";
import { place } from "../../cli/verify/placement";
import { listAt, podTemplate, stringsOf } from "../../cli/verify/workloads";
import { claimTemplates, withUniqueVariables } from "../../cli/verify/apply";
import { DEPLOYER } from "../../components/namespace/rbac";
import { ApiError, isKubeObject, type KubeObject } from "../../lib/kube/client";
import { projectRoot } from "../../embedded/toolchain";
import { refOf } from "./attack";
import { renderedOf, type AttackedPlatform } from "./platform";

export const corpus = join(projectRoot(), "..", "shared", "corpus", "mijnbureau");

/** The domain that the corpus was rendered for. */
const RENDERED_FOR = "kubernetes.local";

/** What the platform refuses of the suite's own manifests, placed in the stack's namespaces and with its domain. */
export async function refusedOfSuite(platform: AttackedPlatform, environment: string): Promise<readonly string[]> {
  const { plan, config } = platform;
  const namespaces = new Map(plan.suite.map(({ app, namespace }) => [app, namespace]));
  const own = new Set(namespaces.values());
  const { placed } = place(loadDocuments([join(corpus, environment)]).documents, namespaces);
  const objects = placed
    .filter(({ object }) => own.has(object.metadata.namespace ?? ""))
    .map(({ object }): unknown => JSON.parse(JSON.stringify(object).replaceAll(RENDERED_FOR, config.domain)))
    .filter(isKubeObject);
  return refusedOf(platform, objects);
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

/** Who makes the pods of a workload, and of which object they are. */
const makers: Readonly<Record<string, Readonly<Record<"account" | "apiVersion" | "kind" | "suffix", string>>>> = {
  DaemonSet: { account: "daemon-set-controller", apiVersion: "apps/v1", kind: "DaemonSet", suffix: "" },
  StatefulSet: { account: "statefulset-controller", apiVersion: "apps/v1", kind: "StatefulSet", suffix: "" },
  Deployment: { account: "replicaset-controller", apiVersion: "apps/v1", kind: "ReplicaSet", suffix: "-69dff884c5" },
  Job: { account: "job-controller", apiVersion: "batch/v1", kind: "Job", suffix: "" },
  CronJob: { account: "job-controller", apiVersion: "batch/v1", kind: "Job", suffix: "-29933940" },
};

/** What the platform refuses of the pods of its own operators, as the charts and the plan have them. */
export async function refusedOfOperators({ owner, plan }: AttackedPlatform, helm: string): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const { plan: operator } of plan.operators) {
    const objects = [...renderedOf(helm, operator), ...operator.before, ...operator.after].filter(isKubeObject);
    for (const object of objects) {
      const [pod, maker] = [podOf(object), makers[object.kind]];
      if (pod === undefined || maker === undefined) continue;
      const { name = "", namespace = "" } = object.metadata;
      // As the exemption of a workload wants them: made by its controller, and its own.
      const reference = { apiVersion: maker.apiVersion, kind: maker.kind, name: `${name}${maker.suffix}`, uid: NOBODY };
      const metadata = {
        ...pod.metadata,
        name: `${name}-5x7mz`,
        ownerReferences: [{ ...reference, controller: true }],
      };
      const controller = owner.asServiceAccount("kube-system", maker.account);
      await controller.create({ ...pod, metadata }, { dryRun: true }).catch((error: unknown) => {
        refused.push(`${operator.operator} ${namespace}/${name}: ${String(error)}`);
      });
    }
  }
  return refused;
}

/** What the platform refuses of these: each object as its deployer, and each pod as a controller would make it. */
export async function refusedOf(
  { owner }: AttackedPlatform,
  objects: readonly KubeObject[],
): Promise<readonly string[]> {
  const refused: string[] = [];
  const tried = async (what: KubeObject, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused.push(`${what.kind} ${what.metadata.namespace ?? ""}/${what.metadata.name ?? ""}: ${error.message}`);
    }
  };
  // A pod needs its account to be there, and a RoleBinding its Role.
  const first = objects.filter(({ kind }) => kind === "ServiceAccount" || kind === "Role");
  for (const object of first) await owner.apply(object, { force: true });
  for (const object of objects.map(withUniqueVariables)) {
    const deployer = owner.asServiceAccount(object.metadata.namespace ?? "", DEPLOYER);
    await tried(object, () => deployer.apply(object, { force: true, dryRun: true }));
    const pod = podOf(object);
    if (pod !== undefined) await tried(pod, () => owner.create(pod, { dryRun: true }));
  }
  for (const object of first) await owner.delete(refOf(object));
  return refused;
}

function podOf(object: KubeObject): KubeObject | undefined {
  const template = podTemplate(object);
  if (template === undefined) return undefined;
  const { name = "", namespace = "" } = object.metadata;
  const { labels, annotations } = template.metadata;
  const metadata = { name, namespace, labels, annotations: stringsOf(annotations) };
  // As the StatefulSet's controller does.
  const claims = claimTemplates(object).map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: claim } }));
  const volumes = [...listAt(template.spec, "volumes"), ...claims];
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...template.spec, volumes } };
}
