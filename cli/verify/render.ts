import { renderBeyond } from "./render-beyond";
import type { Explanation, FlowRow, ObjectRow, Problem, Report, WorkloadRow } from "./model";

/** What of a report makes the verification fail. */
export interface Failures {
  readonly refused: number;
  readonly notReady: number;
  readonly blocked: number;
  readonly unexplained: number;
}

/** Refused or unready workloads, blocked flows, and whatever nobody can explain. */
export function failuresOf(report: Report): Failures {
  const problems = [
    ...report.workloads.flatMap((row) => row.problems),
    ...report.otherObjects.map((row) => row.problem),
  ];
  return {
    refused: report.workloads.filter((row) => row.object === "refused" || (row.pods === "refused" && !isLater(row)))
      .length,
    notReady: report.workloads.filter((row) => row.problems.some(({ kind }) => kind === "not ready")).length,
    blocked: report.flows.filter(({ verdict }) => verdict === "blocked").length,
    unexplained:
      report.problems.length +
      problems.filter(({ explanation }) => explanation === undefined).length +
      report.beyond.filter(({ explanation }) => explanation === undefined).length,
  };
}

/** A pod that only `helm test` or the like starts is reported, and is no part of what has to run. */
const isLater = ({ state }: WorkloadRow): boolean => state.startsWith("on helm ");

export const isClean = (failures: Failures): boolean => Object.values(failures).every((count) => count === 0);

/** The report for people. */
export function renderReport(report: Report): string {
  return [
    heading(`MijnBureau on stack ${report.stack}, Kubernetes ${report.server}`),
    ...report.notes,
    ...workloadSection(report.workloads),
    ...objectSection(report.otherObjects),
    ...flowSection(report.flows),
    ...["", heading("Reachable beyond the flows table")],
    ...renderBeyond(report.beyond),
    ...(report.problems.length === 0
      ? []
      : ["", heading("Not verified"), ...report.problems.map((text) => `  - ${text}`)]),
    "",
    summary(report),
  ].join("\n");
}

const heading = (text: string): string => `${text}\n${"=".repeat(text.length)}`;

function workloadSection(rows: readonly WorkloadRow[]): string[] {
  const cells = rows.map((row) => [row.app, `${row.kind}/${row.name}`, row.object, row.pods, row.state]);
  const lines = table(["APP", "WORKLOAD", "OBJECT", "PODS", "STATE"], cells);
  const withProblems = rows.flatMap((row, index) => [lines[index + 1] ?? "", ...row.problems.flatMap(problemLines)]);
  return ["", heading("Workloads"), lines[0] ?? "", ...withProblems];
}

function problemLines(problem: Problem): string[] {
  return [`    ${problem.kind}: ${problem.text}`, ...explanationLines(problem.explanation)];
}

const explanationLines = (explanation: Explanation | undefined): string[] =>
  explanation === undefined ? ["      UNEXPLAINED"] : [`      because: ${explanation.why} (${explanation.source})`];

function objectSection(rows: readonly ObjectRow[]): string[] {
  if (rows.length === 0) return [];
  return [
    "",
    heading("Other objects with a problem"),
    ...rows.flatMap((row) => [
      `${row.kind}/${row.name} in ${row.namespace ?? "no namespace"}`,
      ...problemLines(row.problem),
    ]),
  ];
}

function flowSection(rows: readonly FlowRow[]): string[] {
  const present = rows.filter(({ verdict }) => verdict !== "absent");
  const lines = table(
    ["VERDICT", "FROM", "TO", "PORTS", "WHY"],
    present.map(({ verdict, from, to, ports, why }) => [verdict, from, to, ports, why]),
  );
  const absent = rows.length - present.length;
  return [
    "",
    heading("Required flows"),
    lines[0] ?? "",
    ...present.flatMap((row, index) => [lines[index + 1] ?? "", ...row.blocked.map((text) => `    ${text}`)]),
    ...(absent === 0 ? [] : [`(${absent} more need an app, a store or a service that is not there)`]),
  ];
}

function summary(report: Report): string {
  const { workloads, flows, beyond } = report;
  const failures = failuresOf(report);
  const allowed = flows.filter(({ verdict }) => verdict === "allowed").length;
  const ready = workloads.filter((row) => row.object === "admitted" && row.pods !== "refused").length;
  const unexplained = failures.unexplained === 0 ? "nothing unexplained" : `${failures.unexplained} unexplained`;
  return [
    `${report.objects.admitted} of ${report.objects.given} objects admitted, ${ready} of ${workloads.length} workloads with their pods`,
    `${failures.notReady} not ready`,
    `${allowed} flows allowed, ${failures.blocked} blocked`,
    beyond.length === 0 ? "nothing reachable beyond the table" : "more reachable than the table needs",
    unexplained,
  ].join("; ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.min(60, Math.max(...all.map((row) => row[column]?.length ?? 0))));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
