import { problemText } from "../problem";
import { summaryLine } from "./text";
import { objectName, printable } from "../report";
import type { Formatted, ScanFinding, ScanReport } from "../report";

const escaped = (text: string): string =>
  printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // Lone surrogates and non-characters are not allowed in XML 1.0 (2.2).
    .replaceAll(/[\p{Surrogate}\ufffe\uffff]/gu, "\ufffd");

/** For CI servers: one suite per file, one failed case per finding; undecided and exempt ones count as skipped. */
export function* formatJunit(report: ScanReport): Formatted {
  const findings = report.findings();
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="mijnbureau-policy">\n';
  let group: ScanFinding[] = [];
  for (const finding of findings) {
    if (group[0] !== undefined && group[0].file !== finding.file) {
      yield* suite(group);
      group = [];
    }
    group.push(finding);
  }
  yield* suite(group);
  const { problems } = report;
  const summary = findings.summary();
  const { notes, violated, undecided, exempt, judged } = summary;
  // Servers refuse a report without any test case, so a clean scan has one that passed.
  const clean = violated + undecided + exempt === 0 && problems.length === 0 && judged > 0;
  if (clean || notes.length > 0) {
    const passed = clean ? 1 : 0;
    yield `  <testsuite name="scan" tests="${passed + notes.length}" failures="0" errors="0" skipped="${notes.length}">\n`;
    if (clean) yield `    <testcase classname="scan" name="${escaped(summaryLine(summary))}"/>\n`;
    for (const { id, message, file = "scan" } of notes)
      yield `    <testcase classname="${escaped(id)}" name="${escaped(file)}"><skipped message="${escaped(message)}"/></testcase>\n`;
    yield "  </testsuite>\n";
  }
  if (problems.length > 0) {
    yield `  <testsuite name="input" tests="${problems.length}" failures="0" errors="${problems.length}" skipped="0">\n`;
    for (const problem of problems)
      yield `    <testcase classname="input" name="${escaped(problem.file)}"><error message="${escaped(problemText(problem))}"/></testcase>\n`;
    yield "  </testsuite>\n";
  }
  yield "</testsuites>\n";
  return summary;
}

function* suite(group: readonly ScanFinding[]): Generator<string> {
  const [first] = group;
  if (first === undefined) return;
  const failures = group.filter(({ decision }) => decision === "violated").length;
  yield `  <testsuite name="${escaped(first.file)}" tests="${group.length}" failures="${failures}" errors="0" skipped="${group.length - failures}">\n`;
  for (const finding of group) yield `${testCase(finding)}\n`;
  yield "  </testsuite>\n";
}

function testCase(finding: ScanFinding): string {
  const { rule, severity, decision, remedy, message } = finding;
  const name = `${objectName(finding)} ${finding.path}`.trim();
  const outcome =
    decision === "violated"
      ? `<failure type="${severity}" message="${escaped(message)}">${escaped(remedy)}</failure>`
      : `<skipped message="${escaped(`${decision}: ${message}`)}"/>`;
  return `    <testcase classname="${escaped(rule)}" name="${escaped(name)}">${outcome}</testcase>`;
}
