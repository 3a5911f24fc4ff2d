import { problemText } from "../problem";
import { objectName, printable, severities } from "../report";
import type { ScanFinding, ScanReport, ScanSummary } from "../report";

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
  const scope = `${plural(summary.objects, "object")} in ${plural(summary.files, "file")}, ${plural(summary.rules, "rule")}, profile ${summary.profile}`;
  return `${[found, ...extra].join(", ")}: ${scope}`;
}

/** For people at a terminal: by object, most serious first. */
export function formatTable({ findings, summary }: ScanReport): string {
  const lines: string[] = [];
  let last = "";
  for (const finding of findings) {
    const place = `${finding.file}, document ${finding.document}: ${objectName(finding)}`;
    if (place !== last) lines.push(...(last === "" ? [] : [""]), printable(place));
    last = place;
    lines.push(
      `  ${finding.severity.padEnd(8)} ${finding.rule}  ${printable(finding.message)}`,
      `           ${advice(finding)}`,
    );
  }
  const problems = summary.problems.map((problem) => printable(`not read: ${problemText(problem)}`));
  return [...lines, ...(lines.length > 0 ? [""] : []), ...problems, summaryLine(summary), ""].join("\n");
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

/** For a pull request's comment. */
export function formatMarkdown({ findings, summary }: ScanReport): string {
  const rows = findings.map(
    (finding) =>
      `| ${finding.severity} | ${finding.decision} | ${cell(finding.rule)} | ${cell(finding.message)} | ${cell(finding.remedy)} | ${cell(finding.file)} |`,
  );
  const table =
    rows.length === 0
      ? []
      : ["| Severity | Decision | Rule | Finding | Remedy | File |", "|---|---|---|---|---|---|", ...rows, ""];
  const problems =
    summary.problems.length === 0
      ? []
      : ["Not read:", "", ...summary.problems.map((problem) => `- ${cell(problemText(problem))}`), ""];
  return ["# Policy scan", "", `${cell(summaryLine(summary))}.`, "", ...table, ...problems].join("\n");
}

/** The contract for other programs. */
export function formatJson({ findings, summary }: ScanReport): string {
  return `${JSON.stringify({ findings, summary }, null, 2)}\n`;
}
