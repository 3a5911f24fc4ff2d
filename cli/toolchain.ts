import { checkNode, DEFAULT_TOOLS, ensureTools, isToolName, type ToolName, TOOLS } from "../embedded/toolchain";
import { choice, main, parseOptions, type Command, type ExitStatus } from "./command";

const toolNames: readonly ToolName[] = Object.keys(TOOLS).filter(isToolName);

const USAGE = `Usage: npm run toolchain -- [tool…]

Finds or builds the tools, the default set without a name, and prints where they are.
Tools: ${toolNames.join(", ")}

  --json   as one object, for programs
`;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, { json: { type: "boolean", default: false } });
  const names = positionals.map((name) => choice(name, toolNames, "tool"));
  checkNode();
  const wanted = names.length > 0 ? names : DEFAULT_TOOLS;
  const paths = await ensureTools(wanted, { onProgress: (line) => console.error(`toolchain: ${line}`) });
  if (values.json) {
    console.log(JSON.stringify(paths, undefined, 2));
    return 0;
  }
  const width = Math.max(...wanted.map((name) => name.length));
  for (const name of wanted) console.log(`${name.padEnd(width)}  ${TOOLS[name].version.padEnd(8)}  ${paths[name]}`);
  return 0;
}

export const command: Command = {
  name: "toolchain",
  summary: "find or build the programs that the embedded cluster and the tests run",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
