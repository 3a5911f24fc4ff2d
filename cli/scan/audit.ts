import { Engine } from "../../policypack/engine/engine";
import { judgeExemptions } from "../../policypack/engine/exemptions";
import { levelOf } from "../../policypack/engine/compiled";
import type { Level, Rule } from "../../policypack/engine/rule";
import type { PolicySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { printable } from "./report";

/** What one rule said about the objects. */
export interface RuleLine {
  readonly rule: string;
  readonly severity: string;
  readonly level: Level;
  /** The stack's reason, where it departs from the profile. */
  readonly reason?: string;
  readonly violated: number;
  readonly undecided: number;
  readonly exempt: number;
}

/** One exemption and what became of it. */
export interface ExemptionLine {
  readonly rule: string;
  readonly target: string;
  readonly reason: string;
  readonly owner: string;
  readonly expires: string;
  readonly status: string;
  /** How many findings it covers. */
  readonly uses: number;
}

/** One control of a norm with the rules that check it. */
export interface ControlLine {
  readonly norm: string;
  readonly control: string;
  readonly rules: readonly string[];
  readonly violated: number;
}

/** What an auditor asks of a stack: which rules hold, what is excepted, and which controls that covers. */
export interface Audit {
  readonly date: string;
  readonly profile: string;
  readonly objects: number;
  readonly rules: readonly RuleLine[];
  readonly exemptions: readonly ExemptionLine[];
  readonly controls: readonly ControlLine[];
}

/** Judges the objects by the settings and lists everything, what is in order included. */
export function audit(
  objects: readonly StackObject[],
  catalogue: readonly Rule[],
  settings: PolicySettings,
  today: string,
): Audit {
  const findings = new Engine(catalogue, settings, today).judgeAll(
    new StackIndex(objects, { unlisted: "owned" }),
    "any",
  );
  const rules = catalogue.map(({ id, definition }): RuleLine => {
    const own = findings.filter(({ rule }) => rule === id);
    const count = (decision: string): number => own.filter((finding) => finding.decision === decision).length;
    const reason = settings.rules[id]?.reason;
    return {
      rule: id,
      severity: definition.severity,
      level: levelOf(definition, settings),
      ...(reason !== undefined && { reason }),
      violated: count("violated"),
      undecided: count("undecided"),
      exempt: count("exempt"),
    };
  });
  const known = new Set(catalogue.map(({ id }) => id));
  const exemptions = judgeExemptions(settings.exemptions, findings, today, known).map(
    ({ exemption, state, uses }): ExemptionLine => ({
      rule: exemption.rule,
      target: Object.entries(exemption.target)
        .map(([key, value]) => `${key} ${value}`)
        .join(", "),
      reason: exemption.reason,
      owner: exemption.owner,
      expires: exemption.expires,
      status: state,
      uses,
    }),
  );
  const controls = controlsOf(catalogue, rules);
  return { date: today, profile: settings.profile, objects: objects.length, rules, exemptions, controls };
}

function controlsOf(catalogue: readonly Rule[], lines: readonly RuleLine[]): readonly ControlLine[] {
  const active = new Map(lines.filter(({ level }) => level !== "off").map((line) => [line.rule, line]));
  const controls = new Map<string, { norm: string; control: string; rules: string[]; violated: number }>();
  for (const { id, definition } of catalogue) {
    const line = active.get(id);
    if (line === undefined) continue;
    const { pss, cis = [], bio = [] } = definition.standards;
    const named = [
      ...(pss === undefined ? [] : [["Pod Security Standard", pss] as const]),
      ...bio.map((control) => ["BIO2", control] as const),
      ...cis.map((section) => ["CIS 1.12", section] as const),
    ];
    for (const [norm, control] of named) {
      const entry = controls.get(`${norm} ${control}`) ?? { norm, control, rules: [], violated: 0 };
      entry.rules.push(id);
      entry.violated += line.violated;
      controls.set(`${norm} ${control}`, entry);
    }
  }
  const collator = new Intl.Collator("en", { numeric: true });
  return [...controls.values()].sort((a, b) => collator.compare(`${a.norm} ${a.control}`, `${b.norm} ${b.control}`));
}

const row = (...cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => printable(String(cell)).replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`;

const table = (head: readonly string[], rows: readonly string[]): readonly string[] =>
  rows.length === 0 ? ["None.", ""] : [row(...head), `|${head.map(() => "---|").join("")}`, ...rows, ""];

/** The audit as a document. */
export function auditPage(result: Audit): string {
  const { date, profile, objects, rules, exemptions, controls } = result;
  const active = rules.filter(({ level }) => level !== "off");
  const off = rules.filter(({ level }) => level === "off");
  return [
    "# Policy report",
    "",
    `${date}, profile ${profile}: ${objects} objects judged by ${active.length} of ${rules.length} rules.`,
    "",
    "## Exemptions",
    "",
    ...table(
      ["Rule", "Target", "Reason", "Owner", "Until", "Status", "Findings"],
      exemptions.map((each) =>
        row(each.rule, each.target, each.reason, each.owner, each.expires, each.status, each.uses),
      ),
    ),
    "## Rules",
    "",
    ...table(
      ["Rule", "Severity", "Level", "Violated", "Undecided", "Exempt", "Reason of the stack"],
      active.map((line) =>
        row(line.rule, line.severity, line.level, line.violated, line.undecided, line.exempt, line.reason ?? ""),
      ),
    ),
    "## Rules that are off",
    "",
    ...table(
      ["Rule", "Severity", "Reason of the stack"],
      off.map(({ rule, severity, reason }) => row(rule, severity, reason ?? `profile ${profile}`)),
    ),
    "## Controls",
    "",
    ...table(
      ["Norm", "Control", "Violated", "Rules"],
      controls.map((each) => row(each.norm, each.control, each.violated, each.rules.join(", "))),
    ),
  ].join("\n");
}
