import type { Context } from "mocha";
import { ensureTools, findTools, ToolchainError, type ToolName } from "../../../embedded/toolchain";

function skipAll(context: Context, reason: string): never {
  for (const test of context.test?.parent?.tests ?? []) Object.assign(test, { skipReason: reason });
  return context.skip();
}

/** An operator's own checker, built if need be; skips the suite with the reason where it cannot be had. */
export async function toolOrSkip(context: Context, name: ToolName): Promise<string> {
  context.timeout(1_800_000);
  try {
    return (await ensureTools([name], { onProgress: (line) => console.log(`      ${line}`) }))[name];
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    return skipAll(context, error.message);
  }
}

/** One that takes many minutes to build: used where it is. */
export async function foundToolOrSkip(context: Context, name: ToolName): Promise<string> {
  const path = (await findTools([name])).get(name);
  return path ?? skipAll(context, `not built on this machine: node dist/cli/toolchain.js ${name}`);
}
