import type { Finding } from "./findings";
import type { Exemption } from "../../config/policies";

type Target = Pick<Finding, "apiVersion" | "kind" | "namespace" | "name" | "container">;

/** The regular expression for a pattern in which `*` stands for any run of characters. */
export function patternOf(pattern: string): RegExp {
  return new RegExp(
    `^${pattern.replace(/[.*+?^${}()|[\]\\]/g, (character) => (character === "*" ? ".*" : `\\${character}`))}$`,
    "s",
  );
}

function matches(pattern: string | undefined, value: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (value === undefined) return false;
  return pattern.includes("*") ? patternOf(pattern).test(value) : pattern === value;
}

/** Whether an exemption covers a finding, its date aside. */
export function covers(exemption: Exemption, rule: string, target: Target): boolean {
  const { apiVersion, kind, namespace, name, container } = exemption.target;
  return (
    exemption.rule === rule &&
    matches(kind, target.kind) &&
    matches(namespace, target.namespace) &&
    matches(name, target.name) &&
    matches(container, target.container) &&
    matches(apiVersion, target.apiVersion)
  );
}

/** Whether the exemption no longer holds on a day (YYYY-MM-DD). */
export function isExpired(exemption: Exemption, today: string): boolean {
  return exemption.expires < today;
}

/** The state of an exemption after a run. */
export interface ExemptionState {
  readonly exemption: Exemption;
  readonly state: "active" | "expired" | "unused" | "wider than needed" | "unknown rule";
  /** How many findings it covered. */
  readonly uses: number;
  readonly message: string;
}

/** Judges each exemption by what it covered in a run over all objects of a stack. */
export function judgeExemptions(
  exemptions: readonly Exemption[],
  findings: readonly Finding[],
  today: string,
  knownRules: ReadonlySet<string>,
): readonly ExemptionState[] {
  return exemptions.map((exemption) => {
    const covered = findings.filter((finding) => covers(exemption, finding.rule, finding));
    const what = `exemption of ${exemption.rule} for ${describeTarget(exemption)} (owner ${exemption.owner})`;
    const state = (kind: ExemptionState["state"], advice: string): ExemptionState => ({
      exemption,
      state: kind,
      uses: covered.length,
      message: `${what} ${advice}`,
    });
    if (!knownRules.has(exemption.rule))
      return state("unknown rule", "names a rule that does not exist; correct the id or remove it");
    if (isExpired(exemption, today))
      return state("expired", `expired on ${exemption.expires}; repair the object or agree on a new date`);
    // What a controller makes comes and goes, under names of its own.
    if (exemption.runtime === true) return state("active", `holds until ${exemption.expires}`);
    if (covered.length === 0) return state("unused", "covers nothing; remove it");
    const narrower = tooWide(exemption, covered);
    if (narrower !== undefined) return state("wider than needed", `only covers ${narrower}; write that instead`);
    return state("active", `holds until ${exemption.expires}`);
  });
}

function describeTarget(exemption: Exemption): string {
  return Object.entries(exemption.target)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
}

/** What a target narrows to, where all that it covers shares one value that the target leaves open. */
function tooWide(exemption: Exemption, covered: readonly Finding[]): string | undefined {
  const fields = ["kind", "namespace", "name"] as const;
  for (const field of fields) {
    const written = exemption.target[field];
    if (written !== undefined && !written.includes("*")) continue;
    const values = new Set(covered.map((finding) => finding[field]));
    const [only] = values;
    if (values.size === 1 && only !== undefined && only !== "") return `${field} ${only}`;
  }
  return undefined;
}
