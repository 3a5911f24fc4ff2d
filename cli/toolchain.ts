import {
  checkNode,
  DEFAULT_TOOLS,
  ensureTools,
  isToolName,
  ToolchainError,
  type ToolName,
  TOOLS,
} from "../embedded/toolchain";
import { UserError } from "../lib/errors";

/** `node dist/cli/toolchain.js [tool…]`: finds or builds the tools and prints where they are. */
async function main(args: readonly string[]): Promise<void> {
  checkNode();
  const names: ToolName[] = [];
  for (const arg of args) {
    if (!isToolName(arg)) {
      throw new ToolchainError("This tool is not known.", {
        found: arg,
        needed: `one of ${Object.keys(TOOLS).join(", ")}`,
        todo: "name a tool of this list, or none for the default set",
      });
    }
    names.push(arg);
  }
  const wanted = names.length > 0 ? names : DEFAULT_TOOLS;
  const paths = await ensureTools(wanted, { onProgress: (line) => console.error(`toolchain: ${line}`) });
  const width = Math.max(...wanted.map((name) => name.length));
  for (const name of wanted) console.log(`${name.padEnd(width)}  ${TOOLS[name].version.padEnd(8)}  ${paths[name]}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
});
