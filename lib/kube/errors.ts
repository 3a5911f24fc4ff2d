import { UserError } from "../errors";

/** A mistake or a circumstance the user can act on: commands print its message alone, never a stack trace. */
export class ClusterError extends UserError {
  override readonly name = "ClusterError";
}

/** Text of anything thrown, for messages that quote the cause. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system error code (ENOSPC, ENOENT, …) of anything thrown, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** What a user can do about the system errors that end a start most often. */
export function explain(error: unknown): string {
  const reason = reasonOf(error);
  const code = codeOf(error) ?? "";
  if (code === "ENOSPC") {
    return `the disk is full: ${reason}. Free some space and run the command again.`;
  }
  if (["EACCES", "EPERM", "EROFS"].includes(code)) {
    return `no permission: ${reason}. Run the command as the user that owns the checkout.`;
  }
  if (["EMFILE", "ENFILE"].includes(code)) {
    return `too many open files: ${reason}. Raise the limit (ulimit -n) and run the command again.`;
  }
  return reason;
}
