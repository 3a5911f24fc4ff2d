import type { ClusterFacts } from "../../components/cluster/facts";
import { benchmarkNote } from "../../components/operators/kube-bench/benchmarks";
import type { LoadedConfig } from "../../config/load";
import { groupKind } from "../../lib/kinds";
import { ApiError, at, isRecord, type KubeClient, type KubeObject } from "../../lib/kube/client";
import type { StackObject } from "../../policypack/engine/stack";

/** One control of a compliance report on the cluster. */
export interface ComplianceLine {
  readonly report: string;
  readonly control: string;
  readonly status: "fails" | "unknown";
  readonly failures: number;
}

/** What the stack's cluster adds to the plan. */
export interface Evidence {
  readonly version: string;
  /** Objects of the plan that were looked for. */
  readonly planned: number;
  /** Of those, the ones that are not there. */
  readonly missing: readonly string[];
  /** Guardrails that stand and let through what the plan refuses. */
  readonly loosened: readonly string[];
  readonly compliance: readonly ComplianceLine[];
  /** What is known of the benchmark of the nodes, one sentence. */
  readonly benchmark: string;
}

/** Asks the cluster for what the plan holds. Nothing is changed. */
export async function evidenceOf(
  client: Pick<KubeClient, "list">,
  planned: readonly StackObject[],
  { version }: Pick<ClusterFacts, "version">,
  { cluster }: { readonly cluster: Pick<LoadedConfig["cluster"], "distribution"> },
): Promise<Evidence> {
  const whole = planned.filter(({ isPart }) => !isPart);
  const kinds = new Map(whole.map(({ object, kind }) => [`${String(at(object, "apiVersion"))} ${kind}`, object]));
  const standing = new Map<string, KubeObject>();
  await Promise.all(
    [...kinds.values()].map(async (object) => {
      const apiVersion = String(at(object, "apiVersion"));
      for (const found of await listed(client, { apiVersion, kind: String(at(object, "kind")) })) {
        standing.set(keyOf(groupKind({ apiVersion, kind: found.kind }), found.metadata), found);
      }
    }),
  );
  const missing = whole.filter(({ kind, shown }) => !standing.has(keyOf(kind, shown)));
  return {
    version,
    planned: whole.length,
    missing: missing.map(
      ({ kind, shown }) => `${kind} ${shown.namespace === "" ? "" : `${shown.namespace}/`}${shown.name}`,
    ),
    loosened: whole.flatMap((object) => loosenings(object, standing.get(keyOf(object.kind, object.shown)))),
    compliance: (
      await listed(client, { apiVersion: "aquasecurity.github.io/v1alpha1", kind: "ClusterComplianceReport" })
    ).flatMap(complianceLines),
    benchmark: benchmarkNote(cluster.distribution, version),
  };
}

const keyOf = (kind: string, { namespace = "", name = "" }: { namespace?: string; name?: string }): string =>
  `${kind} ${namespace} ${name}`;

/** Every object of a kind; none where the cluster does not have the kind. */
async function listed(
  client: Pick<KubeClient, "list">,
  kind: { apiVersion: string; kind: string },
): Promise<readonly KubeObject[]> {
  try {
    return (await client.list(kind)).map((object) => ({ ...object, apiVersion: kind.apiVersion, kind: kind.kind }));
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
}

/** How a guardrail that stands lets through more than the planned one. */
function loosenings({ kind, object, shown }: StackObject, live: KubeObject | undefined): string[] {
  if (live === undefined) return [];
  const [, name = kind] = kind.split("/");
  const differs = (path: readonly string[]): string[] => {
    const [planned, found] = [at(object, ...path), at(live, ...path)].map((value) => JSON.stringify(value));
    return planned === undefined || planned === found
      ? []
      : [`${name} ${shown.name}: ${path.join(".")} is ${found ?? "not set"}, planned is ${planned}`];
  };
  if (/AdmissionPolicyBinding$/.test(name)) return differs(["spec", "validationActions"]);
  if (/AdmissionPolicy$/.test(name)) return differs(["spec", "failurePolicy"]);
  if (name === "Namespace")
    return Object.keys(labelsOf(object))
      .filter((key) => key.startsWith("pod-security.kubernetes.io/"))
      .flatMap((key) => differs(["metadata", "labels", key]));
  return [];
}

function labelsOf(object: unknown): Readonly<Record<string, unknown>> {
  const labels = at(object, "metadata", "labels");
  return isRecord(labels) ? labels : {};
}

/**
 * A control without a failure may have been looked at or not: the summary of Trivy's reports does not tell
 * (aquasecurity/trivy-operator#1306), so it is unknown.
 */
function complianceLines(report: KubeObject): ComplianceLine[] {
  const checks = at(report, "status", "summaryReport", "controlCheck");
  return (Array.isArray(checks) ? checks : []).map((check: unknown): ComplianceLine => {
    const failures = Number(at(check, "totalFail") ?? 0);
    return {
      report: report.metadata.name ?? "",
      control: [at(check, "id"), at(check, "name")].filter((part) => typeof part === "string").join(" "),
      status: failures > 0 ? "fails" : "unknown",
      failures,
    };
  });
}
