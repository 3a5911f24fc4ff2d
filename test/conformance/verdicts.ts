import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readObjectAsIs } from "../../policypack/engine/engine";
import type { Engine } from "../../policypack/engine/engine";
import { failedChecks, reasonOf } from "./pod-security";
import type { Level } from "./pod-security";

/** The corpora beside the checkout. */
export const corpusDirectory = join(__dirname, "..", "..", "..", "shared", "corpus");

export interface Verdict {
  readonly id: string;
  readonly source: string;
  readonly object: unknown;
  /** "baseline@v1.33" -> upstream's reasons; empty is allowed. */
  readonly verdicts: Readonly<Record<string, readonly string[]>>;
}

function isVerdict(value: unknown): value is Verdict {
  return typeof value === "object" && value !== null && "verdicts" in value && "object" in value && "id" in value;
}

/** The lines of a gzipped file of JSON objects. */
export function readLines(file: string): readonly unknown[] {
  return gunzipSync(readFileSync(file))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

/** Recorded verdicts of the upstream evaluator; undefined where the corpus is not given. */
export function recordedVerdicts(): readonly Verdict[] | undefined {
  const file = join(corpusDirectory, "pod-security-verdicts.jsonl.gz");
  return existsSync(file) ? readLines(file).filter(isVerdict) : undefined;
}

/**
 * How our reasons differ from upstream's, per recorded level and version. The objects are taken as they are
 * written, since the recorded evaluator did not default them either.
 */
export function verdictDifferences(engine: Engine, verdict: Verdict): readonly string[] {
  const object = readObjectAsIs(verdict.object);
  return Object.entries(verdict.verdicts).flatMap(([key, reasons]) => {
    const [level = "", version = ""] = key.split("@");
    if (!isLevel(level)) return [`${verdict.id}: unknown level ${level}`];
    const ours = new Set([...failedChecks(engine, object, level, version)].map((control) => control.reason));
    const theirs = new Set(reasons.map(reasonOf));
    const extra = [...ours].filter((reason) => !theirs.has(reason));
    const missing = [...theirs].filter((reason) => !ours.has(reason));
    if (extra.length + missing.length === 0) return [];
    return [`${verdict.id} at ${key}: only ours [${extra.join(", ")}], only upstream's [${missing.join(", ")}]`];
  });
}

function isLevel(level: string): level is Level {
  return level === "baseline" || level === "restricted";
}
