import { problemText } from "../problem";
import { objectName, printable, severities } from "../report";
import type { Formatted, ScanFinding, ScanReport, ScanSummary } from "../report";

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** One sentence that sums up a scan. */
export function summaryLine(summary: ScanSummary): string {
  const { bySeverity, violated, undecided, exempt, baseline } = summary;
  const weights = severities.filter((each) => bySeverity[each] > 0).map((each) => `${bySeverity[each]} ${each}`);
  const extra = [
    ...(undecided > 0 ? [`${undecided} undecided`] : []),
    ...(exempt > 0 ? [`${exempt} exempt`] : []),
    ...(baseline > 0 ? [`${baseline} in the baseline`] : []),
  ];
  const found = violated === 0 ? "no findings" : `${plural(violated, "finding")} (${weights.join(", ")})`;
  const others = summary.otherDocuments > 0 ? `, ${plural(summary.otherDocuments, "other document")} left alone` : "";
  const part = summary.judged < summary.objects ? ` (${summary.judged} judged)` : "";
  const scope = `${plural(summary.objects, "object")}${part} in ${plural(summary.files, "file")}${others}, ${plural(summary.rules, "rule")}, profile ${summary.profile}`;
  return `${[found, ...extra].join(", ")}: ${scope}`;
}

/** For people at a terminal: by object, most serious first. */
export function* formatTable(report: ScanReport): Formatted {
  let last = "";
  const findings = report.findings();
  for (const finding of findings) {
    const place = `${finding.file}, document ${finding.document}: ${objectName(finding)}`;
    if (place !== last) yield `${last === "" ? "" : "\n"}${printable(place)}\n`;
    last = place;
    yield `  ${finding.severity.padEnd(8)} ${finding.rule}  ${printable(finding.message)}\n           ${advice(finding)}\n`;
  }
  if (last !== "") yield "\n";
  for (const problem of report.problems) yield `${printable(`not read: ${problemText(problem)}`)}\n`;
  const summary = findings.summary();
  for (const { message } of summary.notes) yield `${printable(`note: ${message}`)}\n`;
  yield `${summaryLine(summary)}\n`;
  return summary;
}

function advice({ decision, remedy, exemption }: ScanFinding): string {
  if (exemption !== undefined)
    return printable(`exempt until ${exemption.expires}: ${exemption.reason} (${exemption.owner})`);
  return decision === "undecided" ? `undecided. ${remedy}` : remedy;
}

const cell = (text: string): string =>
  printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/([\\|`*_[\]])/g, "\\$1");

/** For a pull request's comment, which begins with the sum, so that the findings are gone through twice. */
export function* formatMarkdown(report: ScanReport): Formatted {
  const counted = report.findings();
  let any = false;
  for (const finding of counted) any ||= finding.rule !== "";
  const summary = counted.summary();
  yield `# Policy scan\n\n${cell(summaryLine(summary))}.\n\n`;
  if (any) {
    yield "| Severity | Decision | Rule | Finding | Remedy | File |\n|---|---|---|---|---|---|\n";
    for (const { severity, decision, rule, message, remedy, file } of report.findings())
      yield `| ${severity} | ${decision} | ${cell(rule)} | ${cell(message)} | ${cell(remedy)} | ${cell(file)} |\n`;
  }
  if (summary.notes.length > 0) {
    yield `${any ? "\n" : ""}Notes:\n\n`;
    for (const { message } of summary.notes) yield `- ${cell(message)}\n`;
    yield summary.problems.length > 0 ? "\n" : "";
  }
  if (summary.problems.length > 0) {
    yield `${any && summary.notes.length === 0 ? "\n" : ""}Not read:\n\n`;
    for (const problem of summary.problems) yield `- ${cell(problemText(problem))}\n`;
  }
  return summary;
}

/** The contract for other programs. */
export function* formatJson(report: ScanReport): Formatted {
  const indented = (value: object, by: string): string => JSON.stringify(value, null, 2).replaceAll("\n", `\n${by}`);
  const findings = report.findings();
  let separator = "\n    ";
  yield '{\n  "findings": [';
  for (const finding of findings) {
    yield `${separator}${indented(finding, "    ")}`;
    separator = ",\n    ";
  }
  const summary = findings.summary();
  yield `${separator.startsWith(",") ? "\n  " : ""}],\n  "summary": ${indented(summary, "  ")}\n}\n`;
  return summary;
}
