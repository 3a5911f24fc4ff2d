import { UserError } from "../../lib/errors";

/** One clear message instead of a stack trace: what was wanted, what was found, what to do. */
export class ToolchainError extends UserError {
  override readonly name = "ToolchainError";

  constructor(what: string, details: { found?: string; needed?: string; todo: string; log?: string }) {
    const lines = [what];
    if (details.found !== undefined) lines.push(`  found:  ${details.found}`);
    if (details.needed !== undefined) lines.push(`  needed: ${details.needed}`);
    lines.push(`  to do:  ${details.todo}`);
    if (details.log !== undefined) lines.push(`  log:    ${details.log}`);
    super(lines.join("\n"));
  }
}

/** The `code` of a Node system error ("ENOENT"), or "" for anything else. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "";
}
