import { readFileSync, writeFileSync } from "node:fs";
import type { Log, Result } from "sarif";
import { VERSION } from "../config/version";
import { UserError } from "../lib/errors";
import { main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const usage = `Usage: npm run comment -- --stack <stack> --preview <file> [options]

Makes what "pulumi preview --policy-pack policypack" printed readable for reviewers: what changes, what the policies
refuse, how much they advise, in Markdown; and the findings as SARIF.

  --stack, -s <stack>  named in the heading, and the file that the findings are about
  --preview <file>     the output of pulumi preview, with --color never
  --sarif <file>       write the findings there as well
  --out, -o <file>     write the Markdown there instead of to standard output

Exit status: 0 written, 1 the preview itself failed or cannot be read, 2 wrong use.
`;

/** A finding as the policy pack's engine prints it. */
interface Printed {
  readonly level: string;
  readonly severity: string;
  readonly rule: string;
  readonly resource: string;
  readonly message: string;
}

const FINDING = /^\s+- \[(?<level>\w+)\] \[severity: (?<severity>\w+)\]\s+(?<rule>\S+)\s+\((?<resource>.*)\)\s*$/;

/** Findings with the lines of text below each. */
function findingsIn(lines: readonly string[]): Printed[] {
  const found: (Omit<Printed, "message"> & { message: string[] })[] = [];
  let open = false;
  for (const line of lines) {
    const groups = FINDING.exec(line)?.groups;
    if (groups !== undefined) {
      const { level = "", severity = "", rule = "", resource = "" } = groups;
      found.push({ level, severity, rule, resource, message: [] });
      open = true;
    } else if (open && /^\s{9,}\S/.test(line)) found.at(-1)?.message.push(line.trim());
    else open = false;
  }
  return found.map(({ message, ...rest }) => ({ ...rest, message: message.join(" ") }));
}

/** The lines of one part of the output: `Resources:`, `Diagnostics:`. */
function part(lines: readonly string[], title: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(`${title}:`));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\S/.test(line));
  return (end < 0 ? rest : rest.slice(0, end)).map((line) => line.trim()).filter((line) => line !== "");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

function markdown(stack: string, lines: readonly string[], findings: readonly Printed[]): string {
  const refused = findings.filter(({ level }) => level !== "advisory");
  const advice = findings.length - refused.length;
  const errors = part(lines, "Diagnostics").filter((line) => line.startsWith("error:"));
  const resources = part(lines, "Resources");
  return [
    `## Preview of ${stack}`,
    "",
    refused.length + errors.length > 0 ? "**Refused.**" : "Nothing is refused.",
    "",
    ...resources.map((line) => `- ${cell(line)}`),
    ...(resources.length > 0 ? [""] : []),
    ...errors.map((line) => `- ${cell(line)}`),
    ...(errors.length > 0 ? [""] : []),
    ...(refused.length === 0
      ? []
      : [
          "| severity | rule | object | what is wrong |",
          "| --- | --- | --- | --- |",
          ...refused.map(
            ({ severity, rule, resource, message }) =>
              `| ${severity} | ${rule} | ${cell(resource)} | ${cell(message)} |`,
          ),
          "",
        ]),
    `${advice} findings only advise; why each is accepted: \`npm run report -- --stack ${stack}\`.`,
    "",
  ].join("\n");
}

const levels: Readonly<Record<string, Result.level>> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

function sarif(stack: string, findings: readonly Printed[]): Log {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "mijnbureau-policy-preview", version: VERSION, rules: rules.map((id) => ({ id })) },
        },
        results: findings.map(({ level, severity, rule, resource, message }) => ({
          ruleId: rule,
          level: level === "advisory" ? "note" : (levels[severity] ?? "warning"),
          message: { text: `${resource}: ${message}` },
          locations: [
            { physicalLocation: { artifactLocation: { uri: `Pulumi.${stack}.yaml` }, region: { startLine: 1 } } },
          ],
        })),
      },
    ],
  };
}

function read(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch {
    throw new UserError(`--preview ${file}: cannot be read`);
  }
}

function run(args: readonly string[]): ExitStatus {
  const { values, positionals } = parseOptions(args, {
    stack: { type: "string", short: "s" },
    preview: { type: "string" },
    sarif: { type: "string" },
    out: { type: "string", short: "o" },
  });
  noOperands(positionals);
  const { stack, preview, out } = values;
  if (stack === undefined || preview === undefined) throw new UsageError("name --stack and --preview");
  const lines = read(preview);
  // A preview that was broken off has neither; silence would look like consent.
  if (part(lines, "Resources").length === 0 && part(lines, "Diagnostics").length === 0)
    throw new UserError(`--preview ${preview}: has no part "Resources:"; the preview did not come to its end`);
  const findings = findingsIn(lines);
  if (values.sarif !== undefined) writeFileSync(values.sarif, `${JSON.stringify(sarif(stack, findings), null, 2)}\n`);
  const text = markdown(stack, lines, findings);
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
  return 0;
}

export const command: Command = {
  name: "comment",
  summary: "a preview, readable for reviewers: Markdown and SARIF",
  usage,
  run,
};

if (require.main === module) main(command);
