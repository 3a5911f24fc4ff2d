import { code, isBlank, isBreak, isGap } from "./characters";
import type { Cursor } from "./tokens";

/** The breaks and blanks between two pieces of a scalar. */
interface Between {
  /** The first line's end; empty while on one line. */
  first: string;
  /** The ends of the empty lines behind it. */
  others: string;
}

/** What lines that were folded read: a space for one line's end, the empty lines for more. */
function folded({ first, others }: Between): string {
  if (first !== "\n") return first + others;
  return others === "" ? " " : others;
}

// In the patterns: what ends a word (blanks, line ends, the end of the text), and a colon that is no end of a key.
const GAP = " \\t\\n\\r\\x85\\u2028\\u2029\\0";
const COLON = `:(?![${GAP}])`;

/** What a plain scalar has on one line: words, of which none but the first part begins a comment. */
function plainLine(besides: string): RegExp {
  const inner = `(?:[^${GAP}:${besides}]|${COLON})`;
  const first = `(?:[^${GAP}:#${besides}]|${COLON})`;
  return new RegExp(`${first}${inner}*(?:[ \\t]+${first}${inner}*)*`, "y");
}

const BLOCK_LINE = plainLine("");
const FLOW_LINE = plainLine(",?[\\]{}");

/** A scalar without quotes, on one line or more. */
export function scanPlain(scanner: Cursor): string {
  const inFlow = scanner.flow > 0;
  const pattern = inFlow ? FLOW_LINE : BLOCK_LINE;
  const least = scanner.indent + 1;
  let text = "";
  let between: Between | undefined;
  while (!scanner.atDocumentMark()) {
    const words = scanner.match(pattern);
    if (words !== "") {
      text += between === undefined ? words : folded(between) + words;
      between = undefined;
    }
    const character = scanner.at();
    if (words === "" || (!isBlank(character) && !isBreak(character))) break;
    between = skipBetween(scanner, undefined, least);
    if (between === undefined || (!inFlow && scanner.column < least)) break;
  }
  if (between !== undefined) scanner.allowKey();
  return text;
}

function skipBetween(scanner: Cursor, before: Between | undefined, least: number): Between | undefined {
  let between = before;
  for (;;) {
    const character = scanner.at();
    if (isBlank(character)) {
      if (between !== undefined && character === code.tab && scanner.column < least)
        scanner.fail("a tab stands where only spaces may stand; indent with spaces, not tabs");
      scanner.position++;
    } else if (isBreak(character)) {
      const ended = scanner.endLine();
      if (between === undefined) between = { first: ended, others: "" };
      else between.others += ended;
    } else return between;
  }
}

/** Quoted text on one line, without escapes: nearly all there is. */
const SIMPLE_DOUBLE = /"[^"\\\n\r\x85\u2028\u2029\0]*"/y;
const SIMPLE_SINGLE = /'[^'\n\r\x85\u2028\u2029\0]*'(?!')/y;

/** A scalar in single or double quotes. */
export function scanQuoted(scanner: Cursor, quote: number): string {
  const { line } = scanner;
  const single = quote === code.singleQuote;
  const simple = scanner.match(single ? SIMPLE_SINGLE : SIMPLE_DOUBLE);
  if (simple !== "") return simple.slice(1, -1);
  scanner.position++;
  let text = "";
  for (;;) {
    if (scanner.atDocumentMark()) scanner.fail("a quote is missing before the document ends", line);
    if (scanner.at() === code.end) scanner.fail("a closing quote is missing", line);
    const piece = single ? singlePiece(scanner) : doublePiece(scanner);
    text += piece.text;
    if (scanner.at() === quote && !piece.lineEnded) break;
    text += betweenQuoted(scanner, piece.lineEnded);
  }
  scanner.position++;
  return text;
}

/** Text up to a gap or the quote; an escaped line's end counts as a gap that adds nothing. */
interface Piece {
  readonly text: string;
  readonly lineEnded: boolean;
}

function singlePiece(scanner: Cursor): Piece {
  let text = "";
  let from = scanner.position;
  for (;;) {
    while (!isGap(scanner.at()) && scanner.at() !== code.singleQuote) scanner.position++;
    text += scanner.text.slice(from, scanner.position);
    if (scanner.at() !== code.singleQuote || scanner.at(1) !== code.singleQuote) return { text, lineEnded: false };
    from = ++scanner.position;
    scanner.position++;
  }
}

function doublePiece(scanner: Cursor): Piece {
  let text = "";
  let from = scanner.position;
  for (;;) {
    let character = scanner.at();
    while (!isGap(character) && character !== code.doubleQuote && character !== code.backslash) {
      scanner.position++;
      character = scanner.at();
    }
    text += scanner.text.slice(from, scanner.position);
    if (character !== code.backslash) return { text, lineEnded: false };
    if (isBreak(scanner.at(1))) {
      scanner.position++;
      scanner.endLine();
      return { text, lineEnded: true };
    }
    text += escape(scanner);
    from = scanner.position;
  }
}

function betweenQuoted(scanner: Cursor, lineEnded: boolean): string {
  const from = scanner.position;
  let between: Between | undefined = lineEnded ? { first: "", others: "" } : undefined;
  for (;;) {
    const character = scanner.at();
    if (isBlank(character)) scanner.position++;
    else if (isBreak(character)) {
      const ended = scanner.endLine();
      if (between === undefined) between = { first: ended, others: "" };
      else between.others += ended;
    } else break;
  }
  return between === undefined ? scanner.text.slice(from, scanner.position) : folded(between);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["\t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

const LENGTHS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

function escape(scanner: Cursor): string {
  const letter = scanner.text.charAt(scanner.position + 1);
  const plain = ESCAPES.get(letter);
  scanner.position += 2;
  if (plain !== undefined) return plain;
  const length = LENGTHS.get(letter);
  if (length === undefined)
    return scanner.fail(`"\\${letter}" is no escape; double the backslash, or use single quotes`);
  const digits = scanner.text.slice(scanner.position, scanner.position + length);
  const value = /^[0-9a-fA-F]+$/.test(digits) && digits.length === length ? Number.parseInt(digits, 16) : Number.NaN;
  if (Number.isNaN(value) || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    scanner.fail(`"\\${letter}${digits}" stands for no character`);
  scanner.position += length;
  return String.fromCodePoint(value);
}

/** A scalar behind `|` (literal) or `>` (folded). */
export function scanBlockScalar(scanner: Cursor, literal: boolean): string {
  scanner.position++;
  const { chomping, increment } = header(scanner);
  const outer = Math.max(scanner.indent, 0);
  const gap = { indent: increment > 0 ? outer + increment : 0, breaks: "" };
  skipEmptyLines(scanner, gap);
  let text = "";
  let ended = "";
  let leadingBlank = false;
  while (scanner.column === gap.indent && scanner.at() !== code.end) {
    const blank = isBlank(scanner.at());
    if (!literal && ended.startsWith("\n") && !leadingBlank && !blank) text += gap.breaks === "" ? " " : "";
    else text += ended;
    text += gap.breaks;
    gap.breaks = "";
    leadingBlank = blank;
    text += scanner.skipLine();
    ended = isBreak(scanner.at()) ? scanner.endLine() : "";
    skipEmptyLines(scanner, gap);
  }
  if (chomping !== "strip") text += ended;
  return chomping === "keep" ? text + gap.breaks : text;
}

interface Header {
  readonly chomping: "strip" | "clip" | "keep";
  readonly increment: number;
}

const HEADER = /(?:([+-])(\d)?|(\d)([+-])?)?[ \t]*(?:#[^\n\r\x85\u2028\u2029\0]*)?/y;

function header(scanner: Cursor): Header {
  HEADER.lastIndex = scanner.position;
  const [whole = "", before, digit, other, behind] = HEADER.exec(scanner.text) ?? [];
  const increment = digit ?? other;
  if (increment === "0") scanner.fail("the indentation behind | or > is 1 to 9");
  scanner.position += whole.length;
  if (!isBreak(scanner.at()) && scanner.at() !== code.end)
    scanner.fail("behind | or > stands nothing but how to indent and a comment; put the text on the next line");
  if (isBreak(scanner.at())) scanner.endLine();
  const sign = before ?? behind;
  return {
    chomping: sign === "+" ? "keep" : sign === "-" ? "strip" : "clip",
    increment: increment === undefined ? 0 : Number(increment),
  };
}

/** Skips empty lines and finds out the indentation where it is not known yet. */
function skipEmptyLines(scanner: Cursor, gap: { indent: number; breaks: string }): void {
  let widest = 0;
  for (;;) {
    while ((gap.indent === 0 || scanner.column < gap.indent) && scanner.at() === code.space) scanner.position++;
    widest = Math.max(widest, scanner.column);
    if ((gap.indent === 0 || scanner.column < gap.indent) && scanner.at() === code.tab)
      scanner.fail("a tab stands where only spaces may stand; indent with spaces, not tabs");
    if (!isBreak(scanner.at())) break;
    gap.breaks += scanner.endLine();
  }
  if (gap.indent === 0) gap.indent = Math.max(widest, scanner.indent + 1, 1);
}
