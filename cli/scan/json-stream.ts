/** What is no JSON stands behind a value that is: kubectl refuses it, and a reader of YAML would never see it. */
export class JsonRest extends Error {
  override readonly name = "JsonRest";
  /** `line` counts from 0. */
  constructor(readonly line: number) {
    super("text that is no JSON stands behind a JSON value; separate documents by ---");
  }
}

/**
 * The values of a text that is JSON, one or several in a row (`{…}{…}`, one a line, pretty-printed), as kubectl reads
 * them; undefined where it is none. Much faster than YAML. Throws JsonRest.
 */
export function readJson(text: string): readonly unknown[] | undefined {
  const single = parsed(text);
  if (single !== undefined) return [single.value];
  const values: unknown[] = [];
  for (const { piece, from } of pieces(text)) {
    const value = parsed(piece);
    if (value === undefined && isComment(piece)) continue;
    if (value === undefined) {
      if (values.length === 0) return undefined;
      const begin = from + piece.search(/\S/);
      throw new JsonRest(text.slice(0, begin).split("\n").length - 1);
    }
    values.push(value.value);
  }
  return values.length < 2 ? undefined : values;
}

/** Comments of YAML, which may stand behind a value in brackets. */
function isComment(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#|$)/.test(line));
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Cuts where brackets outside of strings are all closed. */
function* pieces(text: string): Generator<{ readonly piece: string; readonly from: number }> {
  let depth = 0;
  let from = 0;
  for (const { 0: found, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)|[{}[\]]/gs)) {
    if (found === "{" || found === "[") depth++;
    else if (found === "}" || found === "]") depth--;
    if (depth > 0 || found.startsWith('"')) continue;
    yield { piece: text.slice(from, index + 1), from };
    from = index + 1;
  }
  if (text.slice(from).trim() !== "") yield { piece: text.slice(from), from };
}

/** Whether an object of the text has the same key twice: JSON.parse keeps the last one without a word. */
export function hasDuplicateKeys(text: string, values: readonly unknown[]): boolean {
  return countKeys(values) < writtenKeys(text);
}

function writtenKeys(text: string): number {
  let count = 0;
  for (const match of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)) if (match[1] !== undefined) count++;
  return count;
}

function countKeys(root: unknown): number {
  let count = 0;
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    const children: readonly unknown[] = Object.values(value);
    if (!Array.isArray(value)) count += children.length;
    for (const child of children) if (typeof child === "object" && child !== null) open.push(child);
  }
  return count;
}
