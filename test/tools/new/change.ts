import { UserError } from "../../../lib/errors";

/** What a new thing comes down to: whole new files, and lines in files that are there. */
export interface Change {
  readonly files: Readonly<Record<string, string>>;
  readonly edits: Readonly<Record<string, (text: string) => string>>;
  /** What only its author can fill in. */
  readonly next: readonly string[];
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** @throws a UserError where it is not lower-case words with hyphens */
export function named(kind: string, name: string): string {
  if (!NAME.test(name)) {
    throw new UserError(`${kind} "${name}": is not lower-case words with hyphens; example: image-cleaner`);
  }
  return name;
}

/** `image-cleaner` as `imageCleaner`. */
export const camel = (name: string): string =>
  name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const pascal = (name: string): string => camel(`-${name}`);

/** Puts a line among its like, in their order. `like` finds them; the first of a run of neighbours is the list. */
export function withLine(text: string, line: string, like: RegExp): string {
  const lines = text.split("\n");
  const first = lines.findIndex((each) => like.test(each));
  if (first === -1) throw new Error(`unreachable: no line like ${like.source}`);
  let end = first;
  while (end < lines.length && like.test(lines[end] ?? "")) end += 1;
  const at = lines.slice(first, end).findIndex((each) => each > line);
  lines.splice(at === -1 ? end : first + at, 0, line);
  return lines.join("\n");
}
