import { label } from "../../lib/labels";
import { at, ApiError, type KindRef, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { sleep } from "../cluster/files";

export interface Summary {
  /** A line per group. */
  readonly lines: readonly string[];
  /** Workloads of the operators that lack ready pods of their newest revision, as `<namespace>/<kind>/<name>`. */
  readonly notReady: readonly string[];
}

/** What stands on the cluster, read back from the API server, once its workloads are ready or `timeoutMs` have passed. */
export async function describeCluster(
  client: KubeClient,
  { timeoutMs, progress }: { timeoutMs: number; progress: (line: string) => void },
): Promise<Summary> {
  const namespaces = await client.list({ apiVersion: "v1", kind: "Namespace" }, { labelSelector: label.role });
  const workloads = await settledWorkloads(client, namespaces.map(nameOf), { timeoutMs, progress });
  const policies = await countPolicies(client);
  const ofRole = (role: string): KubeObject[] =>
    namespaces.filter(({ metadata }) => metadata.labels?.[label.role] === role);
  const suite = ofRole("suite").map(nameOf);
  const operators = describeOperators(ofRole("operator"), workloads);
  const lines = [
    `namespaces  ${String(suite.length)} for MijnBureau: ${listed(suite)}`,
    `operators   ${listed(operators)}`,
    `policies    ${policies.map(([name, count]) => `${String(count)} ${name}`).join(", ")}`,
  ];
  return { lines, notReady: workloads.filter(({ ready }) => !ready).map(({ id }) => id) };
}

const listed = (items: readonly string[]): string => (items.length === 0 ? "none" : items.join(", "));
const nameOf = (object: KubeObject): string => object.metadata.name ?? "";

interface Workload {
  readonly id: string;
  readonly namespace: string;
  readonly ready: boolean;
}

/** Each operator once, whatever number of namespaces it has. */
export function describeOperators(
  namespaces: readonly KubeObject[],
  workloads: readonly Pick<Workload, "namespace" | "ready">[],
): string[] {
  const byOperator = new Map<string, string[]>();
  for (const namespace of namespaces) {
    const operator = namespace.metadata.labels?.[label.component] ?? nameOf(namespace);
    byOperator.set(operator, [...(byOperator.get(operator) ?? []), nameOf(namespace)]);
  }
  return [...byOperator].map(([operator, own]) => {
    const found = workloads.filter(({ namespace }) => own.includes(namespace));
    const ready = found.filter((workload) => workload.ready).length;
    return found.length === 0 ? operator : `${operator} (${String(ready)}/${String(found.length)} ready)`;
  });
}

const POLL_MS = 1_000;

async function settledWorkloads(
  client: KubeClient,
  namespaces: readonly string[],
  { timeoutMs, progress }: { timeoutMs: number; progress: (line: string) => void },
): Promise<Workload[]> {
  const deadline = Date.now() + timeoutMs;
  for (let told = false; ; told = true) {
    const workloads = (await readWorkloads(client)).filter(({ namespace }) => namespaces.includes(namespace));
    const waiting = workloads.filter(({ ready }) => !ready);
    if (waiting.length === 0 || Date.now() > deadline) return workloads;
    if (!told) progress(`waiting for the pods of ${String(waiting.length)} workloads`);
    await sleep(POLL_MS);
  }
}

/** Where each kind keeps how many pods it wants, has of its newest revision, and has ready (Kubernetes API, apps/v1). */
const KINDS: readonly { kind: string; wanted: readonly string[]; updated: string; ready: string }[] = [
  { kind: "Deployment", wanted: ["spec", "replicas"], updated: "updatedReplicas", ready: "readyReplicas" },
  { kind: "StatefulSet", wanted: ["spec", "replicas"], updated: "updatedReplicas", ready: "readyReplicas" },
  {
    kind: "DaemonSet",
    wanted: ["status", "desiredNumberScheduled"],
    updated: "updatedNumberScheduled",
    ready: "numberReady",
  },
];

async function readWorkloads(client: KubeClient): Promise<Workload[]> {
  const found = await Promise.all(
    KINDS.map(async ({ kind, wanted, updated, ready }) => {
      const objects = await client.list({ apiVersion: "apps/v1", kind });
      return objects.map((object): Workload => {
        const namespace = object.metadata.namespace ?? "";
        const count = (...path: readonly string[]): number => Number(at(object, ...path) ?? 0);
        const needed = Number(at(object, ...wanted) ?? 1);
        const observed = count("status", "observedGeneration") >= Number(object.metadata.generation ?? 0);
        const enough = Math.min(count("status", updated), count("status", ready)) >= needed;
        return { id: `${namespace}/${kind}/${nameOf(object)}`, namespace, ready: observed && enough };
      });
    }),
  );
  return found.flat();
}

const POLICIES: readonly (readonly [kind: KindRef, name: string])[] = [
  [{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" }, "network policies"],
  [{ apiVersion: "v1", kind: "ResourceQuota" }, "quotas"],
  [
    { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" },
    "validating admission policies",
  ],
  [{ apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy" }, "mutating admission policies"],
  [{ apiVersion: "policies.kyverno.io/v1", kind: "MutatingPolicy" }, "Kyverno mutations"],
  [{ apiVersion: "policies.kyverno.io/v1", kind: "GeneratingPolicy" }, "Kyverno generations"],
  [{ apiVersion: "policies.kyverno.io/v1", kind: "ImageValidatingPolicy" }, "Kyverno image checks"],
];

async function countPolicies(client: KubeClient): Promise<(readonly [name: string, count: number])[]> {
  const counts = await Promise.all(POLICIES.map(async ([kind, name]) => [name, await countOf(client, kind)] as const));
  return counts.filter(([, count]) => count > 0);
}

/** Zero also for a kind that the cluster does not have. */
async function countOf(client: KubeClient, kind: KindRef): Promise<number> {
  try {
    return (await client.list(kind)).length;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return 0;
    throw error;
  }
}
