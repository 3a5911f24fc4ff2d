import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readObject } from "../../policypack/engine/engine";
import { minorOf } from "../../policypack/engine/compiled";
import { asObjects, at } from "../../policypack/engine/json";
import type { JsonObject } from "../../policypack/engine/json";
import { failedChecks, podSecurityEngine } from "./pod-security";
import type { Level } from "./pod-security";

/** A pod with the reasons for which Pod Security admission of a real API server (1.36.3) refused it. */
interface Recorded {
  readonly name: string;
  readonly pod: JsonObject;
  /** The reasons by the version from which they are these. */
  readonly verdicts: Readonly<Record<Level, Readonly<Record<string, readonly string[]>>>>;
}

const NEWEST = 36;
const levels = ["baseline", "restricted"] as const;

function isRecorded(value: unknown): value is Recorded {
  return typeof value === "object" && value !== null && "name" in value && "pod" in value && "verdicts" in value;
}

function recorded(): readonly Recorded[] {
  return readFileSync(join(__dirname, "recorded-pods.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line))
    .filter(isRecorded);
}

function reasonsAt({ verdicts }: Recorded, level: Level, minor: number): readonly string[] {
  const steps = Object.entries(verdicts[level]).filter(([since]) => minorOf(since) <= minor);
  return steps.at(-1)?.[1] ?? [];
}

function deploymentOf({ pod }: Recorded): JsonObject {
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
function ofTemplate({ pod }: Recorded, reasons: readonly string[]): readonly string[] {
  const containers = ["containers", "initContainers"].flatMap((list) => asObjects(at(pod, "spec", list)));
  const written = containers.some((container) => asObjects(container["ports"]).some(({ hostPort }) => hostPort));
  return written ? reasons : reasons.filter((reason) => reason !== "hostPort");
}

describe("pods that Pod Security admission judged on a real API server", function () {
  this.timeout(120_000);
  const all = recorded();

  for (const kind of ["Pod", "Deployment"] as const) {
    it(`get its verdict from our rules, per control, at every version (${kind})`, () => {
      const engine = podSecurityEngine();
      assert.ok(all.length > 150, `${all.length} pods`);
      const differences = all.flatMap((each) => {
        // Ephemeral containers are no part of a template.
        if (kind === "Deployment" && at(each.pod, "spec", "ephemeralContainers") !== undefined) return [];
        const object = readObject(kind === "Pod" ? each.pod : deploymentOf(each));
        return levels.flatMap((level) =>
          Array.from({ length: NEWEST + 1 }, (_, minor) => {
            const ours = [...failedChecks(engine, object, level, `v1.${minor}`)].map(({ reason }) => reason);
            const theirs = reasonsAt(each, level, minor);
            const expected = kind === "Pod" ? theirs : ofTemplate(each, theirs);
            const text = [...new Set(ours)].sort().join(", ");
            return text === expected.join(", ")
              ? []
              : [`${each.name}, ${level}@v1.${minor}: ours [${text}], recorded [${expected.join(", ")}]`];
          }).flat(),
        );
      });
      assert.deepEqual(differences, []);
    });
  }
});
