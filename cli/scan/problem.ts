import { UserError } from "../../lib/errors";

/** A file named on the command line cannot be used. */
export class DataFileError extends UserError {}

/** Input that could not be read, or not in full. The rest is scanned all the same. */
export interface Problem {
  readonly file: string;
  /** Number of the document in the file, from 0, where one is to blame. */
  readonly document?: number;
  /** Line in the file, from 1. */
  readonly line?: number;
  readonly message: string;
}

/** "deploy.yaml:12: duplicated mapping key" */
export function problemText({ file, line, message }: Problem): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}

/** What the operating system said, in words. */
export function systemMessage(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "does not exist";
    case "EACCES":
    case "EPERM":
      return "may not be read or written by this user";
    case "ELOOP":
      return "is a symbolic link that leads back to itself";
    case "EISDIR":
      return "is a directory";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
