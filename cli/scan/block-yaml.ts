import type { Json } from "../../policypack/engine/json";

/** What a plain scalar stands for: `8080` a number, `on` a boolean. */
export type Resolve = (text: string) => Json;

/**
 * Reads the YAML that `helm template` and `kubectl` print: block mappings and sequences, scalars of one line, and
 * literal blocks. Undefined for anything else, wrong documents included: then the complete parser reads the document,
 * and tells what is wrong with it. Several times faster than that parser, which is most of what a scan does.
 */
export function readBlockYaml(text: string, resolve: Resolve): Json | undefined {
  // Tabs, carriage returns, other control characters, surrogates, and line ends of Unicode.
  if (/[^\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff01-\ufffd]/.test(text)) return undefined;
  const lines = new BlockReader(text, resolve);
  try {
    return lines.document();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** The document is not in the subset. */
class Unsupported extends Error {}
const unsupported = new Unsupported("not in the subset");

function refuse(): never {
  throw unsupported;
}

const SPACE = 0x20;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;

/** Letters, digits, and `-`, `.`, `/`, `_`. */
function inKey(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= DASH && code < COLON) || code === 0x5f
  );
}

/** Deeper documents are left to the complete parser, which bounds them. */
const MAXIMUM_DEPTH = 60;

/** YAML 1.2.2, 7.4.2 allows 1024 characters for a key before its colon. */
const MAXIMUM_KEY = 1000;

const QUOTED_KEY = /(?:"([^"\\\n]*)"|'([^'\n]*)'):(?=[ \n]|$)/y;
// Escapes that JSON has too; halves of a surrogate pair are left out.
const DOUBLE_QUOTED = /^"(?:[^"\\]|\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[\da-fA-F]{4}))*"$/;
const SINGLE_QUOTED = /^'(?:[^']|'')*'$/;
// YAML 1.2.2, 7.3.3: what a plain scalar may begin with; fewer here than there.
const PLAIN_START = /^[A-Za-z0-9_/.$(+=^~\\;\xa1-\ufffd]|^[-:][^ ]/;
const NOT_PLAIN = /: |:$/;
/** Style and chomping, without an indentation of its own and without keeping the lines after it. */
const BLOCK_SCALAR = /^([|>])(-?)$/;
const FLOW_ITEM = /"([^"\\]*)"|'([^']*)'|([A-Za-z0-9_/.][\w./-]*)/g;
const FLOW_LIST = new RegExp(`^\\[ *(?:${FLOW_ITEM.source})(?: *, *(?:${FLOW_ITEM.source}))* *\\]$`);
const COMMENTED = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[[^\]#]*\]|[^"'[].*?) +#.*$/;

class BlockReader {
  /** Where the next line begins. */
  private next = 0;
  /** The present line: where its content begins and ends, and in which column. -1 after the last line. */
  private indent = -1;
  private start = 0;
  private end = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly resolve: Resolve,
  ) {}

  document(): Json {
    this.advance();
    if (this.indent === 0 && /^---(?: +#.*)?$/.test(this.content())) this.advance();
    if (this.indent !== 0) refuse();
    const value = this.node(0);
    if (!this.isAtEnd()) refuse();
    return value;
  }

  private isAtEnd(): boolean {
    return this.indent < 0;
  }

  /** Goes to the next line that holds more than a comment. */
  private advance(): void {
    while (this.next < this.text.length) {
      const from = this.next;
      const { content, end } = this.line();
      if (content === end || this.text.charCodeAt(content) === HASH) continue;
      this.indent = content - from;
      this.start = content;
      this.end = end;
      return;
    }
    this.indent = -1;
  }

  /** Reads one line: where its content begins and ends, blanks around it left out. */
  private line(): { readonly content: number; readonly end: number } {
    const { text } = this;
    let content = this.next;
    const found = text.indexOf("\n", content);
    let end = found < 0 ? text.length : found;
    this.next = end + 1;
    while (content < end && text.charCodeAt(content) === SPACE) content++;
    while (end > content && text.charCodeAt(end - 1) === SPACE) end--;
    return { content, end };
  }

  private content(): string {
    return this.text.slice(this.start, this.end);
  }

  private isItem(): boolean {
    if (this.text.charCodeAt(this.start) !== DASH) return false;
    return this.start + 1 === this.end || this.text.charCodeAt(this.start + 1) === SPACE;
  }

  private node(indent: number): Json {
    if (++this.depth > MAXIMUM_DEPTH) refuse();
    const value = this.isItem() ? this.sequence(indent) : this.mapping(indent);
    this.depth--;
    return value;
  }

  /** The value of a key or dash that stands on lines of its own, deeper than that. */
  private below(indent: number): Json {
    return this.isItem() || this.startsWithKey() ? this.node(this.indent) : this.inline(indent);
  }

  private mapping(indent: number): Json {
    const result: Record<string, Json> = {};
    while (this.indent === indent && !this.isItem()) {
      const key = this.key() ?? refuse();
      if (key === "__proto__" || Object.hasOwn(result, key)) refuse();
      result[key] = this.value(indent, true);
    }
    if (this.indent > indent) refuse();
    return result;
  }

  private sequence(indent: number): Json {
    const result: Json[] = [];
    while (this.indent === indent && this.isItem()) {
      const line = this.start - this.indent;
      this.skipTo(this.start + 1);
      const column = this.start - line;
      const nested = this.start < this.end && (this.isItem() || this.startsWithKey());
      if (nested) this.indent = column;
      result.push(nested ? this.node(column) : this.value(indent, false));
    }
    if (this.indent > indent) refuse();
    return result;
  }

  private skipTo(position: number): void {
    this.start = position;
    while (this.start < this.end && this.text.charCodeAt(this.start) === SPACE) this.start++;
  }

  private startsWithKey(): boolean {
    if (this.plainKeyEnd() > 0) return true;
    QUOTED_KEY.lastIndex = this.start;
    return QUOTED_KEY.test(this.text);
  }

  /** Reads a key and goes to what follows its colon. */
  private key(): string | undefined {
    const end = this.plainKeyEnd();
    if (end > 0) {
      const plain = this.text.slice(this.start, end);
      this.skipTo(end + 1);
      return this.resolve(plain) === plain ? plain : undefined;
    }
    QUOTED_KEY.lastIndex = this.start;
    const match = QUOTED_KEY.exec(this.text);
    if (match === null || match[0].length > MAXIMUM_KEY) return undefined;
    this.skipTo(QUOTED_KEY.lastIndex);
    return match[1] ?? match[2];
  }

  /** Where a plain key ends and its colon stands; 0 where the line does not begin with one. */
  private plainKeyEnd(): number {
    const { text } = this;
    let position = this.start;
    while (inKey(text.charCodeAt(position))) position++;
    const length = position - this.start;
    if (length === 0 || length > MAXIMUM_KEY || text.charCodeAt(position) !== COLON) return 0;
    if (text.charCodeAt(this.start) === DASH) return 0;
    return position + 1 >= this.end || text.charCodeAt(position + 1) === SPACE ? position : 0;
  }

  /** Reads what follows a key or a dash. The items of a key's sequence may stand below the key itself. */
  private value(indent: number, ofKey: boolean): Json {
    if (this.start < this.end && this.text.charCodeAt(this.start) !== HASH) return this.inline(indent);
    this.advance();
    if (this.indent > indent) return this.below(indent);
    return ofKey && this.indent === indent && this.isItem() ? this.sequence(indent) : null;
  }

  private inline(indent: number): Json {
    const whole = this.content();
    const content = whole.includes(" #") ? (COMMENTED.exec(whole)?.[1] ?? whole) : whole;
    const block = BLOCK_SCALAR.exec(content);
    if (block !== null) {
      const lines = this.blockLines(indent);
      const ending = block[2] === "-" ? "" : "\n";
      return (block[1] === "|" ? lines.join("\n") : folded(lines)) + ending;
    }
    let adjacent = this.next;
    this.advance();
    if (this.indent <= indent) return this.scalar(content);
    // Deeper lines continue a plain scalar (YAML 1.2.2, 7.3.3); blank lines and comments between them are left aside.
    if (content !== whole || !PLAIN_START.test(content)) refuse();
    const lines = [content];
    while (this.indent > indent) {
      const line = this.content();
      if (this.start - this.indent !== adjacent || line.includes(" #")) refuse();
      lines.push(line);
      adjacent = this.next;
      this.advance();
    }
    return this.scalar(lines.join(" "));
  }

  private scalar(content: string): Json {
    if (content === "{}") return {};
    if (content === "[]") return [];
    if (DOUBLE_QUOTED.test(content)) return String(JSON.parse(content));
    if (SINGLE_QUOTED.test(content)) return content.slice(1, -1).replaceAll("''", "'");
    if (FLOW_LIST.test(content)) return this.flowList(content);
    if (!PLAIN_START.test(content) || NOT_PLAIN.test(content)) refuse();
    return this.resolve(content);
  }

  private flowList(content: string): Json {
    const items = [...content.matchAll(FLOW_ITEM)];
    return items.map(([, double, single, plain]) => double ?? single ?? this.resolve(plain ?? ""));
  }

  /** The lines of a block scalar without their indentation (YAML 1.2.2, 8.1). */
  private blockLines(indent: number): readonly string[] {
    const { text } = this;
    const lines: string[] = [];
    let column = -1;
    let widest = 0;
    let blank = 0;
    while (this.next < text.length) {
      const from = this.next;
      const { content, end } = this.line();
      if (content === end && (column < 0 || content - from <= column)) {
        widest = Math.max(widest, content - from);
        blank++;
        continue;
      }
      if (column < 0) {
        column = content - from;
        // Blank lines before the first one may not be deeper than it.
        if (widest > column) refuse();
      }
      if (content - from < column || column <= indent) {
        this.next = from;
        break;
      }
      for (; blank > 0; blank--) lines.push("");
      // The last line of a file may have no line end, and then the text has none.
      if (this.next > text.length) refuse();
      lines.push(text.slice(from + column, this.next - 1));
    }
    if (lines.length === 0) refuse();
    this.advance();
    if (this.indent > indent) refuse();
    return lines;
  }
}

/** Lines as one (YAML 1.2.2, 8.1.3), where none is blank or deeper than the others. */
function folded(lines: readonly string[]): string {
  if (lines.some((line) => line === "" || line.startsWith(" "))) refuse();
  return lines.join(" ");
}
