import type { Exemption, PolicySettings } from "../../config/policies";
import { whyAccepted } from "../../components/accepted-advice";
import { levelOf } from "../../policypack/engine/compiled";
import { coverageOf } from "../../policypack/engine/coverage";
import { Engine } from "../../policypack/engine/engine";
import { judgeExemptions } from "../../policypack/engine/exemptions";
import type { Finding } from "../../policypack/engine/findings";
import { bio2Measures, bio2Numbers } from "../../policypack/engine/norms/bio2";
import { controlsOf, norms, type Control } from "../../policypack/engine/norms/controls";
import type { Level, Rule, Severity } from "../../policypack/engine/rule";
import { StackIndex, type StackObject } from "../../policypack/engine/stack";
import { compareText } from "../scan/report";
import type { CoveredPlace } from "../recovery/coverage";
import type { Evidence } from "./evidence";

/** What one rule said about the objects. */
export interface RuleLine {
  readonly rule: string;
  readonly severity: Severity;
  readonly level: Level;
  /** The stack's reason, where it departs from the profile. */
  readonly reason?: string;
  /** How many objects, pods or containers it was about: none of none is no proof. */
  readonly judged: number;
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
  /** Days until it ends, its last one included; negative once it has. */
  readonly daysLeft: number;
  readonly status: string;
  /** How many findings it covers now. */
  readonly uses: number;
  /** The objects that it covers now. */
  readonly covers: readonly string[];
}

/**
 * What is known of a control. `not seen`: rules check it, and nothing of what they check was among the objects.
 * `not checked`: every rule that does is off.
 */
export type ControlStatus = "violated" | "undecided" | "no violation" | "not seen" | "not checked";

/** One control of a norm with the rules that check it. */
export interface ControlLine extends Control {
  readonly status: ControlStatus;
  readonly rules: readonly string[];
  readonly judged: number;
  readonly violated: number;
  readonly undecided: number;
  readonly exempt: number;
}

/** What rules that do not refuse find, with why it is accepted. */
export interface AdviceLine {
  /** One rule, or all that are undecided on the same objects for the same reason. */
  readonly rules: readonly string[];
  /** Of the most serious one. */
  readonly severity: Severity;
  readonly decision: "violated" | "undecided";
  /** Undefined where nobody has said why: it is to be repaired, or to be answered for. */
  readonly why: string | undefined;
  readonly objects: readonly string[];
}

/** What an auditor asks of a stack: which rules hold, what is excepted, and which controls that covers. */
export interface Audit {
  readonly date: string;
  readonly stack?: string;
  readonly profile: string;
  readonly objects: number;
  /** What was not looked at, as full sentences. */
  readonly unseen: readonly string[];
  readonly evidence?: Evidence;
  /** Where the stack's data lies, and what saves it. */
  readonly data?: readonly CoveredPlace[];
  readonly exemptions: readonly ExemptionLine[];
  /** What refuses, and is not exempt. */
  readonly refused: readonly { readonly rule: string; readonly message: string; readonly remedy: string }[];
  readonly advice: readonly AdviceLine[];
  readonly rules: readonly RuleLine[];
  readonly controls: readonly ControlLine[];
  /** Measures of BIO2 that no rule gives evidence for. */
  readonly unsupported: readonly string[];
}

/** What is judged, and what is known of it. */
export interface Judged {
  readonly objects: readonly StackObject[];
  readonly unseen: readonly string[];
  readonly stack?: string;
  readonly evidence?: Evidence;
  readonly data?: readonly CoveredPlace[];
}

/** Judges the objects by the settings and lists everything, what is in order included. */
export function audit(judged: Judged, catalogue: readonly Rule[], settings: PolicySettings, today: string): Audit {
  const { objects, stack, evidence, data } = judged;
  const engine = new Engine(catalogue, settings, today);
  const index = new StackIndex(objects, { unlisted: "owned" });
  const parts = new Set(objects.filter(({ isPart }) => isPart).map(({ origin }) => origin));
  // What a patch leaves open was not judged, as at preview (engine/pack.ts).
  const findings = engine
    .judgeAll(index, "any")
    .filter(({ decision, origin }) => decision !== "undecided" || !parts.has(origin));
  const rules = catalogue.map((rule) => ruleLine(rule, findings, settings, engine));
  const active = catalogue.filter(({ definition }) => levelOf(definition, settings) !== "off");
  return {
    date: today,
    ...(stack !== undefined && { stack }),
    profile: settings.profile,
    objects: objects.length,
    unseen: [
      ...(objects.length === 0 ? ["There was no object to judge: nothing below is proof of anything."] : []),
      ...judged.unseen,
      ...coverageOf(index, active).map(({ message }) => message),
    ],
    ...(evidence !== undefined && { evidence }),
    ...(data !== undefined && { data }),
    exemptions: exemptionLines(settings.exemptions, findings, today, catalogue),
    refused: findings
      .filter(({ decision, level }) => decision === "violated" && level !== "advisory")
      .map(({ rule, message, remedy }) => ({ rule, message, remedy })),
    advice: adviceLines(findings),
    rules,
    controls: controlLines(catalogue, rules),
    unsupported: bio2Numbers.filter((number) => !bio2Measures.some(({ measure }) => measure === number)),
  };
}

function ruleLine({ id, definition }: Rule, findings: readonly Finding[], settings: PolicySettings, engine: Engine) {
  const own = findings.filter(({ rule }) => rule === id);
  const count = (decision: string): number => own.filter((finding) => finding.decision === decision).length;
  const reason = settings.rules[id]?.reason;
  return {
    rule: id,
    severity: definition.severity,
    level: levelOf(definition, settings),
    ...(reason !== undefined && { reason }),
    judged: engine.judged(id),
    violated: count("violated"),
    undecided: count("undecided"),
    exempt: count("exempt"),
  };
}

const DAY = 24 * 60 * 60 * 1000;

function exemptionLines(
  exemptions: readonly Exemption[],
  findings: readonly Finding[],
  today: string,
  catalogue: readonly Rule[],
): ExemptionLine[] {
  const known = new Set(catalogue.map(({ id }) => id));
  return judgeExemptions(exemptions, findings, today, known).map(({ exemption, state, uses }) => ({
    rule: exemption.rule,
    target: Object.entries(exemption.target)
      .map(([key, value]) => `${key} ${value}`)
      .join(", "),
    reason: exemption.reason,
    owner: exemption.owner,
    expires: exemption.expires,
    daysLeft: Math.round((Date.parse(exemption.expires) - Date.parse(today)) / DAY) + 1,
    status: exemption.runtime === true && state === "active" ? "active, for objects made at run time" : state,
    uses,
    covers: namesOf(findings.filter((finding) => finding.exemption === exemption)),
  }));
}

const namesOf = (findings: readonly Finding[]): string[] => [
  ...new Set(
    findings.map(({ kind, namespace, name, container }) =>
      [
        `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`,
        ...(container === undefined ? [] : [container]),
      ].join(" "),
    ),
  ),
];

const rank: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

function adviceLines(findings: readonly Finding[]): AdviceLine[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.decision === "exempt" || (finding.decision === "violated" && finding.level !== "advisory")) continue;
    const why = whyAccepted(finding)?.why;
    const together = finding.decision === "undecided" && why !== undefined;
    const key = [together ? "" : finding.rule, finding.decision, why ?? ""].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()]
    .flatMap((group) => {
      const [worst] = [...group].sort((a, b) => rank[a.severity] - rank[b.severity]);
      if (worst === undefined || worst.decision === "exempt") return [];
      const { severity, decision } = worst;
      const rules = [...new Set(group.map(({ rule }) => rule))].sort();
      return [{ rules, severity, decision, why: whyAccepted(worst)?.why, objects: namesOf(group) }];
    })
    .sort((a, b) => rank[a.severity] - rank[b.severity] || compareText(a.rules.join(), b.rules.join()));
}

function controlLines(catalogue: readonly Rule[], lines: readonly RuleLine[]): readonly ControlLine[] {
  const byRule = new Map(lines.map((line) => [line.rule, line]));
  const controls = new Map<string, { control: Control; rules: RuleLine[] }>();
  for (const { id, definition } of catalogue) {
    const line = byRule.get(id);
    if (line === undefined) continue;
    for (const control of controlsOf(definition)) {
      const key = `${control.norm} ${control.control}`;
      const entry = controls.get(key) ?? { control, rules: [] };
      entry.rules.push(line);
      controls.set(key, entry);
    }
  }
  const order = Object.values<string>(norms);
  const collator = new Intl.Collator("en", { numeric: true });
  return [...controls.values()]
    .map(({ control, rules }) => controlLine(control, rules))
    .sort((a, b) => order.indexOf(a.norm) - order.indexOf(b.norm) || collator.compare(a.control, b.control));
}

function controlLine(control: Control, rules: readonly RuleLine[]): ControlLine {
  const active = rules.filter(({ level }) => level !== "off");
  const sum = (field: "judged" | "violated" | "undecided" | "exempt"): number =>
    active.reduce((total, line) => total + line[field], 0);
  const counts = {
    judged: sum("judged"),
    violated: sum("violated"),
    undecided: sum("undecided"),
    exempt: sum("exempt"),
  };
  return { ...control, ...counts, status: statusOf(active.length, counts), rules: active.map(({ rule }) => rule) };
}

function statusOf(
  rules: number,
  { judged, violated, undecided }: Pick<ControlLine, "judged" | "violated" | "undecided">,
): ControlStatus {
  if (rules === 0) return "not checked";
  if (violated > 0) return "violated";
  if (undecided > 0) return "undecided";
  return judged === 0 ? "not seen" : "no violation";
}
