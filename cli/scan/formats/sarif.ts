import { createHash } from "node:crypto";
import { controlsOf } from "../../../policypack/engine/norms/controls";
import { isAbsolute, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Log, ReportingDescriptor, Result, Run } from "sarif";
import type { Rule, RuleText, Severity } from "../../../policypack/engine/rule";
import { VERSION } from "../../../config/version";
import { problemText } from "../problem";
import { objectName } from "../report";
import { ruleMarkdown, rulePageUrl, ruleText } from "../rule-text";
import type { Formatted, ScanFinding, ScanReport } from "../report";

// GitHub code scanning sorts by these CVSS-like numbers ("security-severity").
const scores: Readonly<Record<Severity, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "3.0" };

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

/** What the engine itself says, beside the rules. */
const engineRules: readonly RuleText[] = [
  {
    id: "engine/exemptions",
    severity: "medium",
    title: "Exemptions are in force, needed and no wider than what they cover",
    why: "An exemption that outlives its reason hides the next defect.",
    message: "is expired, unused, too wide or without a rule",
    remedy: "Keep exemptions as few and as narrow as what they are for.",
    standards: {},
    levels: { baseline: "advisory", mijnbureau: "advisory", strict: "advisory" },
  },
];

const described = (rule: Rule): ReportingDescriptor => ({
  ...descriptor(rule.definition),
  helpUri: rulePageUrl(rule.id),
  help: { text: ruleText(rule), markdown: ruleMarkdown(rule) },
});

function descriptor(text: RuleText): ReportingDescriptor {
  const controls = controlsOf(text).map(({ norm, control }) => `${norm} ${control}`);
  return {
    id: text.id,
    name: text.id.replaceAll(/(^|[/-])(\w)/g, (_match, _separator, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${text.title}.` },
    fullDescription: { text: text.why },
    help: { text: text.remedy },
    defaultConfiguration: { level: levels[text.severity] },
    properties: { "security-severity": scores[text.severity], tags: ["security", ...controls] },
  };
}

/** The same finding has the same print in each scan, wherever it stands in the file. */
function fingerprint({ rule, kind, namespace, name, container = "", path }: ScanFinding): string {
  const place = path.replaceAll(/\[\d+\]/g, "[]");
  return createHash("sha256")
    .update([rule, kind, namespace, name, container, place].join(" "))
    .digest("hex")
    .slice(0, 32);
}

/** Where a file is: relative to the working directory, as code scanners expect, or absolute outside it. */
function uriOf(file: string): string {
  if (file === "(stdin)") return "stdin";
  const near = relative(process.cwd(), file);
  if (near.startsWith("..") || isAbsolute(near)) return pathToFileURL(file).href;
  return near.split(/[\\/]/).map(encodeURIComponent).join("/");
}

function result(finding: ScanFinding, { regionOf }: ScanReport): Result {
  const region = regionOf(finding);
  const { decision, rule, severity, message, remedy, file, exemption, path } = finding;
  return {
    ruleId: rule,
    kind: decision === "undecided" ? "review" : "fail",
    // SARIF 2.1.0, 3.27.10: the level of a result that is no failure is "none".
    level: decision === "undecided" ? "none" : levels[severity],
    message: { text: `${message} ${remedy}` },
    partialFingerprints: { "mijnbureauPolicy/v1": fingerprint(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: region?.line ?? 1, startColumn: region?.column ?? 1 },
        },
        logicalLocations: [{ fullyQualifiedName: `${objectName(finding)} ${path}`.trim(), kind: "object" }],
      },
    ],
    ...(decision === "exempt" && {
      suppressions: [{ kind: "external", status: "accepted", justification: exemption?.reason ?? "" }],
    }),
  };
}

/** SARIF 2.1.0, for code scanning. The results come first, because the rules that are described are theirs. */
export function* formatSarif(report: ScanReport): Formatted {
  const { $schema, version }: Pick<Log, "$schema" | "version"> = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
  };
  yield `{"$schema":${JSON.stringify($schema)},"version":"${version}","runs":[{"results":[`;
  const used = new Set<string>();
  const findings = report.findings();
  let separator = "\n";
  for (const finding of findings) {
    used.add(finding.rule);
    yield `${separator}${JSON.stringify(result(finding, report))}`;
    separator = ",\n";
  }
  const summary = findings.summary();
  const run: Run = {
    tool: {
      driver: {
        name: "mijnbureau-policy",
        version: VERSION,
        rules: [
          ...report.rules.filter(({ id }) => used.has(id)).map(described),
          ...engineRules.filter(({ id }) => used.has(id)).map(descriptor),
        ],
      },
    },
    columnKind: "utf16CodeUnits",
    invocations: [
      {
        executionSuccessful: summary.problems.length === 0 && !report.nothingJudged,
        toolExecutionNotifications: [
          ...summary.problems.map((problem) => ({ level: "error" as const, message: { text: problemText(problem) } })),
          ...summary.notes.map(({ id, message }) => ({
            level: "warning" as const,
            descriptor: { id },
            message: { text: message },
          })),
        ],
      },
    ],
  };
  yield `\n],${JSON.stringify(run).slice(1)}]}\n`;
  return summary;
}
