import { problemText } from "../problem";
import { groupBy, objectName, printable } from "../report";
import type { ScanFinding, ScanReport } from "../report";

const escaped = (text: string): string =>
  printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // Lone surrogates and non-characters are not allowed in XML 1.0 (2.2).
    .replaceAll(/[\p{Surrogate}\ufffe\uffff]/gu, "\ufffd");

/** For CI servers: one suite per file, one failed case per finding; undecided and exempt ones count as skipped. */
export function formatJunit({ findings, summary }: ScanReport): string {
  const suites = [...groupBy(findings, ({ file }) => file)].map(([file, group]) => {
    const failures = group.filter(({ decision }) => decision === "violated").length;
    const head = `<testsuite name="${escaped(file)}" tests="${group.length}" failures="${failures}" errors="0" skipped="${group.length - failures}">`;
    return [`  ${head}`, ...group.map(testCase), "  </testsuite>"].join("\n");
  });
  const { problems } = summary;
  const errors = problems.map(
    (problem) =>
      `    <testcase classname="input" name="${escaped(problem.file)}"><error message="${escaped(problemText(problem))}"/></testcase>`,
  );
  const unread = [
    `  <testsuite name="input" tests="${errors.length}" failures="0" errors="${errors.length}" skipped="0">`,
    ...errors,
    "  </testsuite>",
  ];
  const { violated } = summary;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mijnbureau-policy" tests="${findings.length + errors.length}" failures="${violated}" errors="${errors.length}">`,
    ...suites,
    ...(errors.length > 0 ? unread : []),
    "</testsuites>",
    "",
  ].join("\n");
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
