import type { Context } from "mocha";
import { ensureTools, ToolchainError } from "../../../embedded/toolchain";

/** Prometheus' own checker, built if need be; skips the suite with the reason where it cannot be had. */
export async function promtoolOrSkip(context: Context): Promise<string> {
  context.timeout(1_800_000);
  try {
    return (await ensureTools(["promtool"], { onProgress: (line) => console.log(`      ${line}`) })).promtool;
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    console.log(`      skipped: promtool cannot be had: ${error.message}`);
    return context.skip();
  }
}
