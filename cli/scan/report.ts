import type { Finding } from "../../policypack/engine/findings";
import type { Rule, RuleText, Severity, Standards } from "../../policypack/engine/rule";
import type { Problem } from "./problem";

/** One finding of a scan, as `--format json` shows it. */
export interface ScanFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly level: Finding["level"];
  readonly decision: Finding["decision"];
  readonly file: string;
  /** Number of the document in the file, from 0. */
  readonly document: number;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container?: string;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
  readonly standards: Standards;
  /** Reason, owner and last day of the exemption that covers it. */
  readonly exemption?: { readonly reason: string; readonly owner: string; readonly expires: string };
}

export interface ScanSummary {
  readonly profile: string;
  readonly rules: number;
  readonly files: number;
  readonly objects: number;
  /** Documents without a Kubernetes object. */
  readonly otherDocuments: number;
  readonly violated: number;
  readonly undecided: number;
  readonly exempt: number;
  /** Findings that the baseline lists, left out of the report. */
  readonly baseline: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly problems: readonly Problem[];
}

/** Where a finding stands in the input, from 1. */
export interface Region {
  readonly line: number;
  readonly column: number;
}

export interface ScanReport {
  readonly findings: readonly ScanFinding[];
  readonly summary: ScanSummary;
  /** Texts of the rules that were judged, for formats that show them. */
  readonly rules: ReadonlyMap<string, RuleText>;
  /** Lines of findings, where the format asks for them. */
  readonly regions: ReadonlyMap<ScanFinding, Region>;
}

/** The texts of rules by id. */
export function textsOf(rules: readonly Rule[]): ReadonlyMap<string, RuleText> {
  return new Map(rules.map((rule) => [rule.id, rule.definition]));
}

/** "Deployment shop/web, container main" */
export function objectName({ kind, namespace, name }: ScanFinding): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name || "(no name)"}`;
}

export const severities: readonly Severity[] = ["critical", "high", "medium", "low"];

/** Findings by weight, then by where they stand. */
export function sorted(findings: readonly ScanFinding[]): ScanFinding[] {
  const rank = new Map(severities.map((severity, index) => [severity, index]));
  return findings.toSorted(
    (a, b) =>
      compare(a.file, b.file) ||
      a.document - b.document ||
      (rank.get(a.severity) ?? 0) - (rank.get(b.severity) ?? 0) ||
      compare(a.rule, b.rule),
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const CONTROLS = new RegExp(CONTROL, "g");

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Text without characters that would steer a terminal or break a line: names in manifests are anybody's. */
export function printable(text: string): string {
  // Asked first because almost no text has one, and looking is several times cheaper than replacing.
  return CONTROL.test(text) ? text.replaceAll(CONTROLS, escapeOf) : text;
}

/** Values by what `key` says of them, in order of first appearance. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}
