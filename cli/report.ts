import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load } from "js-yaml";
import { resourceObjects } from "../policypack/engine/resources";
import { asObject, asObjects, asString } from "../lib/json";
import { loadRules } from "../policypack/engine/load";
import { policySettings } from "../config/policies";
import type { PolicySettings } from "../config/policies";
import type { StackObject } from "../policypack/engine/stack";
import { main, type Command } from "./command";
import { UsageError } from "./scan/arguments";
import { audit, auditPage } from "./scan/audit";
import { DataFileError } from "./scan/data-file";
import { problemText, systemMessage } from "./scan/problem";
import { readInput } from "./scan/read";
import { readSettings } from "./scan/stack-file";

const usage = `Usage: npm run report -- [options] [file or folder with manifests…]

Reports for an auditor what the policies say of a stack: exemptions with their status, counts per rule, and the
controls of the norms that are checked.

  --stack <name>     take profile, rules and exemptions from Pulumi.<name>.yaml
  --state <file>     judge the objects of a stack: the output of "pulumi stack export"
  --format <format>  markdown (default) or json
  --output <file>    write there instead of to standard output
`;

interface Outcome {
  readonly status: 0 | 2;
  readonly out: string;
  readonly err: string;
}

function options(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        stack: { type: "string" },
        state: { type: "string" },
        format: { type: "string", default: "markdown" },
        output: { type: "string", short: "o" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function settingsOf(stack: string | undefined, root: string): PolicySettings {
  if (stack === undefined) return policySettings.parse({});
  return readSettings("stack", join(root, `Pulumi.${stack}.yaml`));
}

/** The Kubernetes objects of an exported state, as the program gave them. */
function stateObjects(file: string): readonly StackObject[] {
  let state: unknown;
  try {
    state = load(readFileSync(file, "utf8"));
  } catch (error) {
    throw new DataFileError(`--state ${file}: ${systemMessage(error).split("\n", 1)[0] ?? ""}`);
  }
  const resources = asObjects(asObject(asObject(state)?.["deployment"])?.["resources"]);
  if (resources.length === 0)
    throw new DataFileError(`--state ${file}: holds no resources; give the output of "pulumi stack export"`);
  return resources.flatMap((resource) => {
    const type = asString(resource["type"]) ?? "";
    return resourceObjects({ type, urn: asString(resource["urn"]) ?? "", props: resource["inputs"] });
  });
}

function report(argv: readonly string[], root: string, today: string): Outcome {
  const { values, positionals } = options(argv);
  if (values.help) return { status: 0, out: usage, err: "" };
  const { format, stack, state, output } = values;
  if (format !== "markdown" && format !== "json") throw new UsageError(`--format ${format}: is none of markdown, json`);
  const rules = loadRules();
  const settings = settingsOf(stack, root);
  const input = readInput(positionals);
  const objects = [...input.objects, ...(state === undefined ? [] : stateObjects(state))];
  const result = audit(objects, rules, settings, today);
  const text = format === "json" ? `${JSON.stringify(result, null, 2)}\n` : auditPage(result);
  if (output !== undefined) writeFileSync(output, text);
  return {
    status: input.problems.length > 0 ? 2 : 0,
    out: output === undefined ? text : "",
    err: input.problems.map((problem) => `${problemText(problem)}\n`).join(""),
  };
}

/** Runs one command line; `root` is where the stack files lie. */
export function run(argv: readonly string[], root: string, today: string): Outcome {
  try {
    return report(argv, root, today);
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, out: "", err: `${error.message}\n\n${usage}` };
    if (error instanceof DataFileError) return { status: 2, out: "", err: `${error.message}\n` };
    throw error;
  }
}

export const command: Command = {
  name: "report",
  summary: "what the policies say of a stack, for an auditor",
  usage,
  run: (args) => {
    const { status, out, err } = run(args, process.cwd(), new Date().toISOString().slice(0, 10));
    process.stderr.write(err);
    process.stdout.write(out);
    return status;
  },
};

if (require.main === module) main(command);
