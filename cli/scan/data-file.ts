import { readFileSync, writeFileSync } from "node:fs";
import { load } from "js-yaml";
import { policySettings } from "../../config/policies";
import type { Exemption } from "../../config/policies";
import { asObject } from "../../lib/json";
import { systemMessage } from "./problem";
import type { ScanFinding } from "./report";
import { UserError } from "../../lib/errors";

/** A file named on the command line cannot be used. */
export class DataFileError extends UserError {
  override readonly name = "DataFileError";
}

/** The key of a stack file that holds the policy settings. */
export const STACK_KEY = "mijnbureau-platform:policies";

/** Reads a YAML or JSON file that an option names. */
export function readData(option: string, file: string): unknown {
  try {
    return load(readFileSync(file, "utf8"));
  } catch (error) {
    throw new DataFileError(`--${option} ${file}: ${systemMessage(error).split("\n", 1)[0] ?? ""}`);
  }
}

/** Reads exemptions: a list, an object with `exemptions`, or a stack's settings file. */
export function readExemptions(file: string, known: ReadonlySet<string>): readonly Exemption[] {
  const data = readData("exempt", file);
  const whole = asObject(data);
  const config = asObject(whole?.["config"]);
  const exemptions = Array.isArray(data)
    ? data
    : config === undefined
      ? whole?.["exemptions"]
      : (asObject(config[STACK_KEY])?.["exemptions"] ?? []);
  if (exemptions === undefined)
    throw new DataFileError(`--exempt ${file}: expected a list of exemptions, or an object with "exemptions"`);
  const parsed = policySettings.safeParse({ exemptions });
  const problems = parsed.success
    ? parsed.data.exemptions.flatMap(({ rule }, index) =>
        known.has(rule) ? [] : [`exemptions[${index}].rule: there is no rule "${rule}"; see docs/rules for the ids`],
      )
    : parsed.error.issues.map((issue) => `${keyOf(issue.path)}: ${issue.message}`);
  if (problems.length > 0) throw new DataFileError(`--exempt ${file} is not valid:\n  - ${problems.join("\n  - ")}`);
  return parsed.success ? parsed.data.exemptions : [];
}

/** A key as it is written in YAML: "exemptions[0].rule". */
export function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index > 0 ? "." : ""}${String(step)}`))
    .join("");
}

// Without list positions, which change when something is added before.
function identity(finding: ScanFinding): string {
  const { rule, kind, namespace, name, container = "" } = finding;
  return [rule, kind, namespace, name, container, finding.path.replaceAll(/\[\d+\]/g, "[]")].join(" ");
}

/** Writes a baseline, sorted so that its changes read well in a review. */
export function writeBaseline(file: string, findings: Iterable<ScanFinding>): void {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    if (finding.decision === "exempt") continue;
    const key = identity(finding);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const entries = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  try {
    writeFileSync(file, `${JSON.stringify({ findings: Object.fromEntries(entries) }, null, 2)}\n`);
  } catch (error) {
    throw new DataFileError(`--write-baseline ${file}: ${systemMessage(error)}`);
  }
}

/** For each pass over the findings: which ones a baseline does not list. One listed twice may occur twice. */
export function baselineOf(file: string): () => (finding: ScanFinding) => boolean {
  const listed = asObject(asObject(readData("baseline", file))?.["findings"]);
  if (listed === undefined)
    throw new DataFileError(`--baseline ${file}: is no baseline; write one with --write-baseline`);
  return () => {
    const left = new Map(Object.entries(listed).map(([key, count]) => [key, typeof count === "number" ? count : 0]));
    return (finding) => {
      const key = identity(finding);
      const count = finding.decision === "exempt" ? 0 : (left.get(key) ?? 0);
      if (count > 0) left.set(key, count - 1);
      return count === 0;
    };
  };
}
