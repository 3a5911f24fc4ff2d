import { code, isGap } from "./characters";
import type { Cursor } from "./tokens";

const WORD = /[0-9A-Za-z_-]*/y;
const URI = /(?:[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]]|%[0-9A-Fa-f]{2})*/y;

const AFTER_ANCHOR: ReadonlySet<number> = new Set([
  code.question,
  code.colon,
  code.comma,
  code.closeBracket,
  code.closeBrace,
  code.percent,
  code.at,
  code.backtick,
]);

/** The name behind `&` or `*`. */
export function scanAnchor(scanner: Cursor, kind: "alias" | "anchor"): string {
  scanner.position++;
  const name = scanner.match(WORD);
  const after = scanner.at();
  if (name === "" || !(isGap(after) || AFTER_ANCHOR.has(after)))
    scanner.fail(
      `the name of an ${kind} is made of letters, digits, - and _; put text that begins with & or * in quotes`,
    );
  return name;
}

/** A tag in full: "tag:yaml.org,2002:str" for `!!str`. */
export function scanTag(scanner: Cursor): string {
  const tag = scanner.at(1) === code.less ? verbatim(scanner) : shorthand(scanner);
  if (!isGap(scanner.at())) scanner.fail("a blank is missing behind a tag; put text that begins with ! in quotes");
  return tag;
}

function verbatim(scanner: Cursor): string {
  scanner.position += 2;
  const tag = unescaped(scanner, scanner.match(URI));
  if (tag === "" || scanner.at() !== code.greater) scanner.fail("a tag that begins with !< ends in >");
  scanner.position++;
  return tag;
}

/** Begins the tags whose handle is not declared; no tag can hold it. */
export const UNDECLARED = "\0";

const CORE = "tag:yaml.org,2002:";

function shorthand(scanner: Cursor): string {
  scanner.position++;
  const word = scanner.match(WORD);
  if (scanner.at() !== code.exclamation) return `!${word}${unescaped(scanner, scanner.match(URI))}`;
  scanner.position++;
  const suffix = unescaped(scanner, scanner.match(URI));
  // A handle that no directive declares: who reads the node refuses it.
  if (word !== "") return `${UNDECLARED}!${word}!${suffix}`;
  return suffix === "" ? scanner.fail("a tag has no name") : `${CORE}${suffix}`;
}

function unescaped(scanner: Cursor, uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return scanner.fail("a tag holds a wrong escape");
  }
}
