import type { Finding } from "../../policypack/engine/findings";
import type { Rule, Severity, Standards } from "../../policypack/engine/rule";
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
  /** What is wrong, value by value, by which a baseline knows the finding; no part of the report. */
  readonly values: () => readonly string[];
}

/** What is to be known of a scan beside its findings. */
export interface Note {
  readonly id: "engine/not-evaluated" | "engine/baseline" | "engine/patches";
  /** Full sentences. */
  readonly message: string;
  readonly file?: string;
}

export interface ScanSummary {
  readonly profile: string;
  readonly rules: number;
  readonly files: number;
  readonly objects: number;
  /** Objects that some rule in force looked at. */
  readonly judged: number;
  /** Documents without a Kubernetes object. */
  readonly otherDocuments: number;
  readonly violated: number;
  readonly undecided: number;
  readonly exempt: number;
  /** Findings that the baseline lists, left out of the report. */
  readonly baseline: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** What was not judged, and what else is to be known. */
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

/** Where a finding stands in the input, from 1. */
export interface Region {
  readonly line: number;
  readonly column: number;
}

/** Findings as they are found; what they come down to is known once they have been read. */
export interface ScanFindings extends Iterable<ScanFinding> {
  summary(): ScanSummary;
}

export interface ScanReport {
  /** Every finding, by file and document, most serious first. Each call judges anew, so that none need be held. */
  readonly findings: () => ScanFindings;
  /** Where the finding stands that was given last, or another of its document; where the format asks for lines. */
  readonly regionOf: (finding: ScanFinding) => Region | undefined;
  /** The rules that were judged, for formats that show them. */
  readonly rules: readonly Rule[];
  readonly problems: readonly Problem[];
  /** Whether nothing was judged although something was to be. */
  readonly nothingJudged: boolean;
}

/** A report in pieces, ending in what the findings come down to. */
export type Formatted = Generator<string, ScanSummary>;

/** "Deployment shop/web, container main" */
export function objectName({ kind, namespace, name }: ScanFinding): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name || "(no name)"}`;
}

export const severities: readonly Severity[] = ["critical", "high", "medium", "low"];

const rank = new Map(severities.map((severity, index) => [severity, index]));

const weigh = (a: ScanFinding, b: ScanFinding): number =>
  (rank.get(a.severity) ?? 0) - (rank.get(b.severity) ?? 0) || compareText(a.rule, b.rule);

/** Findings of one document: object by object, those with the most serious ones first. */
export function sorted(findings: ScanFinding[]): ScanFinding[] {
  const byWeight = findings.sort(weigh);
  return [...groupBy(byWeight, objectName).values()].flat();
}

/** The order of two texts by their characters' numbers. */
export function compareText(a: string, b: string): number {
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
