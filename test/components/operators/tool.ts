import type { Context } from "mocha";
import { ensureTools, ToolchainError, type ToolName } from "../../../embedded/toolchain";

/** An operator's own checker, built if need be; skips the suite with the reason where it cannot be had. */
export async function toolOrSkip(context: Context, name: ToolName): Promise<string> {
  context.timeout(1_800_000);
  try {
    return (await ensureTools([name], { onProgress: (line) => console.log(`      ${line}`) }))[name];
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    for (const test of context.test?.parent?.tests ?? []) Object.assign(test, { skipReason: error.message });
    return context.skip();
  }
}
