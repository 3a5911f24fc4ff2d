import { readFileSync } from "node:fs";
import { join } from "node:path";
import { minorOf } from "../../policypack/engine/compiled";
import { readObject } from "../../policypack/engine/engine";
import type { Engine } from "../../policypack/engine/engine";
import { asObjects, at } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { failedChecks } from "./pod-security";
import type { Level } from "./pod-security";

/** A pod with the reasons for which Pod Security admission of a real API server (1.36.3) refused it. */
export interface RecordedPod {
  readonly name: string;
  readonly pod: JsonObject;
  /** The reasons by the version from which they are these. */
  readonly verdicts: Readonly<Record<Level, Readonly<Record<string, readonly string[]>>>>;
}

/** The newest minor that the recording server knew. */
const NEWEST = 36;
const levels = ["baseline", "restricted"] as const;

function isRecorded(value: unknown): value is RecordedPod {
  return typeof value === "object" && value !== null && "name" in value && "pod" in value && "verdicts" in value;
}

/** Pods made to be hard to judge: each differs in one thing from one that restricted allows. */
export function recordedPods(): readonly RecordedPod[] {
  return readFileSync(join(__dirname, "recorded-pods.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line))
    .filter(isRecorded);
}

function reasonsAt({ verdicts }: RecordedPod, level: Level, minor: number): readonly string[] {
  const steps = Object.entries(verdicts[level]).filter(([since]) => minorOf(since) <= minor);
  return steps.at(-1)?.[1] ?? [];
}

function deploymentOf({ pod }: RecordedPod): JsonObject {
  const labels = { app: "recorded" };
  const annotations = at(pod, "metadata", "annotations");
  const metadata = { labels, ...(annotations !== undefined && { annotations }) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "recorded" },
    spec: { selector: { matchLabels: labels }, template: { metadata, spec: at(pod, "spec") } },
  };
}

/** Host ports that only the host's network makes are filled in for Pods, and not for templates. */
function ofTemplate({ pod }: RecordedPod, reasons: readonly string[]): readonly string[] {
  const containers = ["containers", "initContainers"].flatMap((list) => asObjects(at(pod, "spec", list)));
  const written = containers.some((container) => asObjects(container["ports"]).some(({ hostPort }) => hostPort));
  return written ? reasons : reasons.filter((reason) => reason !== "hostPort");
}

/** How our verdict on one object differs from the recorded one at a version; undefined where it does not. */
function difference(
  engine: Engine,
  each: RecordedPod,
  kind: "Pod" | "Deployment",
  { level, minor }: { readonly level: Level; readonly minor: number },
): string | undefined {
  const object = readObject(kind === "Pod" ? each.pod : deploymentOf(each));
  const reasons = [...failedChecks(engine, object, level, `v1.${minor}`)].map(({ reason }) => reason);
  const theirs = reasonsAt(each, level, minor);
  const ours = [...new Set(reasons)].sort().join(", ");
  const expected = (kind === "Pod" ? theirs : ofTemplate(each, theirs)).join(", ");
  if (ours === expected) return undefined;
  return `${kind} ${each.name}, ${level}@v1.${minor}: ours [${ours}], recorded [${expected}]`;
}

/** Our verdicts on the pods, or on Deployments of them, that are not the recorded ones; and how many there are. */
export function recordedPodDifferences(engine: Engine, kind: "Pod" | "Deployment") {
  // Ephemeral containers are no part of a template.
  const judged = recordedPods().filter(
    ({ pod }) => kind === "Pod" || at(pod, "spec", "ephemeralContainers") === undefined,
  );
  const versions = levels.flatMap((level) => Array.from({ length: NEWEST + 1 }, (_, minor) => ({ level, minor })));
  const differences = judged.flatMap((each) =>
    versions.flatMap((version) => difference(engine, each, kind, version) ?? []),
  );
  return { comparisons: judged.length * versions.length, differences };
}
