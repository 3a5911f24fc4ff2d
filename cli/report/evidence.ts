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
  /** When the report was made, as it says itself. */
  readonly asOf: string;
}

/** What the stack's cluster adds to the plan. */
export interface Evidence {
  readonly version: string;
  /** Kinds that we may not list: nothing is known of their objects. */
  readonly hidden: readonly string[];
  /** Objects of the plan that were looked for. */
  readonly planned: number;
  /** Of those, the ones that are not there. */
  readonly missing: readonly string[];
  /** Guardrails that stand and are not as the plan has them. */
  readonly loosened: readonly string[];
  readonly compliance: readonly ComplianceLine[];
  /** What is known of the benchmark of the nodes, one sentence. */
  readonly benchmark: string;
}

const COMPLIANCE = { apiVersion: "aquasecurity.github.io/v1alpha1", kind: "ClusterComplianceReport" };

/** Asks the cluster for what the plan holds. Nothing is changed. */
export async function evidenceOf(
  client: Pick<KubeClient, "list">,
  planned: readonly StackObject[],
  { version }: Pick<ClusterFacts, "version">,
  { cluster }: { readonly cluster: Pick<LoadedConfig["cluster"], "distribution"> },
): Promise<Evidence> {
  const whole = planned.filter(({ isPart }) => !isPart);
  const kinds = new Map(
    whole.map(({ object, kind }) => [
      kind,
      { apiVersion: String(at(object, "apiVersion")), kind: String(at(object, "kind")) },
    ]),
  );
  const hidden = new Set<string>();
  const standing = new Map<string, KubeObject>();
  await Promise.all(
    [...kinds].map(async ([kind, asked]) => {
      const found = await listed(client, asked);
      if (found === undefined) hidden.add(kind);
      for (const object of found ?? []) standing.set(keyOf(kind, object.metadata), object);
    }),
  );
  const reports = await listed(client, COMPLIANCE);
  const sought = whole.filter(({ kind }) => !hidden.has(kind));
  const missing = sought.filter(({ kind, shown }) => !standing.has(keyOf(kind, shown)));
  return {
    version,
    hidden: [...hidden, ...(reports === undefined ? [groupKind(COMPLIANCE)] : [])].sort(),
    planned: sought.length,
    missing: missing.map(
      ({ kind, shown }) => `${kind} ${shown.namespace === "" ? "" : `${shown.namespace}/`}${shown.name}`,
    ),
    loosened: sought.flatMap((object) => loosenings(object, standing.get(keyOf(object.kind, object.shown)))),
    compliance: (reports ?? []).flatMap(complianceLines),
    benchmark: benchmarkNote(cluster.distribution, version),
  };
}

const keyOf = (kind: string, { namespace = "", name = "" }: { namespace?: string; name?: string }): string =>
  `${kind} ${namespace} ${name}`;

/** Every object of a kind, none where the cluster does not have it; undefined where it does not let us look. */
async function listed(
  client: Pick<KubeClient, "list">,
  kind: { apiVersion: string; kind: string },
): Promise<readonly KubeObject[] | undefined> {
  try {
    return await client.list(kind);
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}

/** Where a guardrail that stands is another than the planned one. */
function loosenings({ kind, object, shown }: StackObject, live: KubeObject | undefined): string[] {
  if (live === undefined) return [];
  const [, name = kind] = kind.split("/");
  const said = (paths: readonly string[]): string[] => paths.map((path) => `${name} ${shown.name}: ${path}`);
  if (/AdmissionPolicy(Binding)?$/.test(name)) return said(differences(at(object, "spec"), at(live, "spec"), "spec"));
  if (name !== "Namespace") return [];
  const wanted = Object.entries(labelsOf(object)).filter(([key]) => key.startsWith("pod-security.kubernetes.io/"));
  return said(wanted.flatMap(([key, value]) => differences(value, labelsOf(live)[key], `metadata.labels.${key}`)));
}

/** What the API server writes where nothing is said (admissionregistration.k8s.io/v1). */
const DEFAULTS: ReadonlySet<string> = new Set(["{}", '"*"', '"Equivalent"', '"Fail"', '"Never"']);

/** Where two values differ, by path; what is planned and what is found only where that is short. */
function differences(planned: unknown, found: unknown, path: string): string[] {
  if (Array.isArray(planned) && Array.isArray(found) && planned.length === found.length)
    return planned.flatMap((value: unknown, index) => differences(value, found[index], `${path}[${index}]`));
  if (isRecord(planned) && isRecord(found)) {
    const keys = [...new Set([...Object.keys(planned), ...Object.keys(found)])];
    return keys.flatMap((key) => differences(planned[key], found[key], `${path}.${key}`));
  }
  const [wanted, is] = [JSON.stringify(planned), JSON.stringify(found)];
  if (wanted === is || (wanted === undefined && is !== undefined && DEFAULTS.has(is))) return [];
  if (is === undefined && wanted === "[]") return [];
  const short = [wanted, is].every((value) => value === undefined || value.length <= 40);
  return [short ? `${path} is ${is ?? "not set"}, planned is ${wanted ?? "nothing"}` : `${path} is not as planned`];
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
  const made = at(report, "status", "updateTimestamp");
  return (Array.isArray(checks) ? checks : []).map((check: unknown): ComplianceLine => {
    const failures = Number(at(check, "totalFail") ?? 0);
    return {
      report: report.metadata.name ?? "",
      control: [at(check, "id"), at(check, "name")].filter((part) => typeof part === "string").join(" "),
      status: failures > 0 ? "fails" : "unknown",
      failures,
      asOf: typeof made === "string" ? made : "unknown",
    };
  });
}
