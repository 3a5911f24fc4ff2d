import { label } from "../../config/labels";
import { at, ApiError, type KindRef, type KubeClient, type KubeObject } from "../cluster/client";

/** What stands on the cluster, read back from the API server: a line per group, for the end of `npm start`. */
export async function describeCluster(client: KubeClient): Promise<string[]> {
  const namespaces = await client.list({ apiVersion: "v1", kind: "Namespace" }, { labelSelector: label.role });
  const [workloads, policies] = await Promise.all([readWorkloads(client), countPolicies(client)]);
  const ofRole = (role: string): KubeObject[] =>
    namespaces.filter(({ metadata }) => metadata.labels?.[label.role] === role);
  const suite = ofRole("suite").map(nameOf);
  const operators = ofRole("operator").map((namespace) => describeOperator(namespace, workloads));
  return [
    `namespaces  ${String(suite.length)} for MijnBureau: ${listed(suite)}`,
    `operators   ${listed(operators)}`,
    `policies    ${policies.map(([name, count]) => `${String(count)} ${name}`).join(", ")}`,
  ];
}

const listed = (items: readonly string[]): string => (items.length === 0 ? "none" : items.join(", "));
const nameOf = (object: KubeObject): string => object.metadata.name ?? "";

interface Workload {
  readonly namespace: string;
  readonly ready: boolean;
}

function describeOperator(namespace: KubeObject, workloads: readonly Workload[]): string {
  const name = namespace.metadata.labels?.[label.component] ?? nameOf(namespace);
  const own = workloads.filter((workload) => workload.namespace === nameOf(namespace));
  if (own.length === 0) return name;
  return `${name} (${String(own.filter(({ ready }) => ready).length)}/${String(own.length)} ready)`;
}

async function readWorkloads(client: KubeClient): Promise<Workload[]> {
  const kinds: readonly (readonly [kind: string, wanted: readonly string[], ready: string])[] = [
    ["Deployment", ["spec", "replicas"], "readyReplicas"],
    ["StatefulSet", ["spec", "replicas"], "readyReplicas"],
    ["DaemonSet", ["status", "desiredNumberScheduled"], "numberReady"],
  ];
  const found = await Promise.all(
    kinds.map(async ([kind, wanted, ready]) => {
      const objects = await client.list({ apiVersion: "apps/v1", kind });
      return objects.map((object) => ({
        namespace: object.metadata.namespace ?? "",
        ready: Number(at(object, "status", ready) ?? 0) >= Number(at(object, ...wanted) ?? 1),
      }));
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
