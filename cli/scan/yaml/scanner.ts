import { code, isBlank, isBreak, isFlowIndicator, isGap } from "./characters";
import { YamlError } from "./error";
import { scanBlockScalar, scanPlain, scanQuoted } from "./text";
import { scanAnchor, scanTag } from "./properties";
import type { SimpleKey, Token, TokenKind } from "./tokens";

/** A key and its colon are on one line, at most this far apart (YAML 1.1, 7.3.3). */
const KEY_LENGTH = 1024;

/** Levels of brackets and of indentation, as in go.yaml.in/yaml/v2. */
const MOST_LEVELS = 10_000;

const ASCII = /^[\t\n\r\x20-\x7e]*$/;
const NOT_PRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Cuts a document into tokens as libyaml does, whose Go port kubectl reads with. It takes more than the letter of YAML
 * allows (brackets and quoted text may go on in the column of their key) and less (no tabs where a key may begin), and
 * what it takes is what a cluster gets.
 */
export class Scanner {
  readonly text: string;
  position = 0;
  line = 0;
  /** Where the present line begins. */
  private lineStart = 0;
  /** Column of the innermost block collection; -1 outside. */
  indent = -1;
  /** Brackets that are open. */
  flow = 0;
  private readonly indents: number[] = [];
  private keyAllowed = true;
  private keys: SimpleKey[] = [];
  private key: SimpleKey | undefined;
  private tokens: Token[] = [];
  private head = 0;
  /** Tokens handed out. */
  private taken = 0;
  private ended = false;

  constructor(text: string) {
    const found = ASCII.test(text) ? null : NOT_PRINTABLE.exec(text);
    if (found !== null) throw notPrintable(text, found.index, found[0]);
    // A last character that is none saves asking for the end at each step.
    this.text = `${text.charCodeAt(0) === code.byteOrderMark ? text.slice(1) : text}\0`;
  }

  get column(): number {
    return this.position - this.lineStart;
  }

  at(offset = 0): number {
    return this.text.charCodeAt(this.position + offset);
  }

  fail(message: string, line = this.line): never {
    throw new YamlError(message, line);
  }

  /** The next token, which stays the next. */
  peek(): Token {
    for (;;) {
      const token = this.tokens[this.head];
      if (token !== undefined && !(token.key?.awaited === true && this.isStillPossible(token.key))) return token;
      this.fetch();
    }
  }

  /** The next token. */
  take(): Token {
    const token = this.peek();
    this.head++;
    this.taken++;
    if (this.head === this.tokens.length) {
      this.tokens = [];
      this.head = 0;
    }
    return token;
  }

  /** Goes past the end of a line and says what is kept of it. */
  endLine(): string {
    const character = this.at();
    this.position += character === code.carriageReturn && this.at(1) === code.lineFeed ? 2 : 1;
    this.line++;
    this.lineStart = this.position;
    return character === code.lineSeparator || character === code.paragraphSeparator
      ? String.fromCharCode(character)
      : "\n";
  }

  /** Whether `---` or `...` stands here, at the start of a line. */
  atDocumentMark(): boolean {
    if (this.column !== 0) return false;
    const first = this.at();
    return (
      (first === code.minus || first === code.dot) && this.at(1) === first && this.at(2) === first && isGap(this.at(3))
    );
  }

  /** A plain scalar that ends with a line's end lets a key follow. */
  allowKey(): void {
    this.keyAllowed = true;
  }

  private add(kind: TokenKind, line: number, value = "", key?: SimpleKey): void {
    this.tokens.push({ kind, line, value, key });
  }

  private insert(before: SimpleKey, kind: TokenKind): void {
    const token: Token = { kind, line: before.line, value: "", key: undefined };
    const index = before.number - this.taken + this.head;
    this.tokens.splice(index < this.head ? this.tokens.length : index, 0, token);
  }

  private fetch(): void {
    if (this.ended) this.fail("the text ends too early");
    this.toNextToken();
    this.unroll(this.column);
    const character = this.at();
    if (character === code.end && this.position >= this.text.length - 1) return this.fetchEnd();
    if (this.column === 0 && character === code.percent) return this.fetchDirective();
    if (this.atDocumentMark()) return this.fetchDocumentMark();
    if (this.fetchIndicator(character)) return;
    if (this.fetchProperty(character)) return;
    if (this.fetchText(character)) return;
    if (character === code.tab) this.fail("a tab stands where only spaces may stand; indent with spaces, not tabs");
    this.fail(
      `"${String.fromCodePoint(this.text.codePointAt(this.position) ?? 0)}" may not begin a value; put it in quotes`,
    );
  }

  private toNextToken(): void {
    for (;;) {
      while (this.at() === code.space || (this.at() === code.tab && (this.flow > 0 || !this.keyAllowed)))
        this.position++;
      if (this.at() === code.hash) this.skipLine();
      if (!isBreak(this.at())) return;
      this.endLine();
      if (this.flow === 0) this.keyAllowed = true;
    }
  }

  /** Takes what a sticky pattern finds here. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    if (!pattern.test(this.text)) return "";
    const from = this.position;
    this.position = pattern.lastIndex;
    return this.text.slice(from, this.position);
  }

  /** Goes to the end of the line. */
  skipLine(): string {
    return this.match(REST_OF_LINE);
  }

  /** Brackets, commas, dashes, question marks and colons that are YAML's own. */
  private fetchIndicator(character: number): boolean {
    const first = this.flow > 0 || isGap(this.at(1));
    if (character === code.openBracket) return this.open("[");
    if (character === code.openBrace) return this.open("{");
    if (character === code.closeBracket) return this.close("]");
    if (character === code.closeBrace) return this.close("}");
    if (character === code.comma) return this.entry();
    if (character === code.minus && isGap(this.at(1))) return this.dash();
    if (character === code.question && first) return this.explicitKey();
    return character === code.colon && first && this.colon();
  }

  private fetchProperty(character: number): boolean {
    if (character !== code.asterisk && character !== code.ampersand && character !== code.exclamation) return false;
    const kind = character === code.asterisk ? "alias" : character === code.ampersand ? "anchor" : "tag";
    const { line } = this;
    const key = this.saveKey();
    this.keyAllowed = false;
    this.add(kind, line, kind === "tag" ? scanTag(this) : scanAnchor(this, kind), key);
    return true;
  }

  private fetchText(character: number): boolean {
    if (this.flow === 0 && this.keyAllowed && this.fetchWordAsKey()) return true;
    const { line } = this;
    if ((character === code.pipe || character === code.greater) && this.flow === 0) {
      this.removeKey();
      this.keyAllowed = true;
      this.add("quoted", line, scanBlockScalar(this, character === code.pipe));
      return true;
    }
    const quoted = character === code.singleQuote || character === code.doubleQuote;
    if (!quoted && !this.beginsPlain(character)) return false;
    const key = this.saveKey();
    this.keyAllowed = false;
    if (quoted) this.add("quoted", line, scanQuoted(this, character), key);
    else this.add("plain", line, scanPlain(this), key);
    return true;
  }

  /** A key as nearly all are, which needs no looking ahead. */
  private fetchWordAsKey(): boolean {
    const { position, column } = this;
    const found = this.match(WORD_AS_KEY);
    if (found === "") return false;
    this.position = position;
    this.removeKey();
    this.roll(column, "block mapping");
    this.add("key", this.line);
    this.add("plain", this.line, found);
    this.add(":", this.line);
    this.position += found.length + 1;
    this.keyAllowed = false;
    return true;
  }

  private beginsPlain(character: number): boolean {
    if (character === code.minus) return !isBlank(this.at(1));
    if (character === code.question || character === code.colon) return this.flow === 0 && !isGap(this.at(1));
    return !isGap(character) && !isFlowIndicator(character) && !NEVER_PLAIN.has(character);
  }

  private fetchEnd(): void {
    this.unroll(-1);
    this.removeKey();
    this.keyAllowed = false;
    this.ended = true;
    this.add("end of the text", this.line);
  }

  private fetchDirective(): void {
    this.unroll(-1);
    this.removeKey();
    if (!/^%(YAML|TAG)[ \t]/.test(this.skipLine()))
      this.fail('"%" may not begin a line; put text that begins with it in quotes');
    this.add("directive", this.line);
  }

  private fetchDocumentMark(): void {
    this.unroll(-1);
    this.removeKey();
    this.keyAllowed = false;
    this.add(this.at() === code.minus ? "document start" : "document end", this.line);
    this.position += 3;
  }

  private open(kind: "[" | "{"): true {
    const key = this.saveKey();
    this.keys.push(this.key ?? NO_KEY);
    this.key = key === undefined ? NO_KEY : NO_KEY_YET;
    if (++this.flow > MOST_LEVELS) this.fail("the nesting is too deep");
    this.keyAllowed = true;
    this.add(kind, this.line, "", key);
    this.position++;
    return true;
  }

  private close(kind: "]" | "}"): true {
    this.removeKey();
    if (this.flow > 0) {
      this.flow--;
      const outer = this.keys.pop() ?? NO_KEY;
      // go.yaml.in/yaml/v2 forgets to wait for the colon where nothing between the brackets might have been a key.
      if (this.key === NO_KEY_YET) outer.awaited = false;
      this.key = outer;
    }
    this.keyAllowed = false;
    this.add(kind, this.line);
    this.position++;
    return true;
  }

  private entry(): true {
    this.removeKey();
    this.keyAllowed = true;
    this.add(",", this.line);
    this.position++;
    return true;
  }

  private dash(): true {
    if (this.flow === 0) {
      if (!this.keyAllowed) this.fail("a list may not begin here; put it on the next line");
      this.roll(this.column, "block sequence");
    }
    this.removeKey();
    this.keyAllowed = true;
    this.add("-", this.line);
    this.position++;
    return true;
  }

  private explicitKey(): true {
    if (this.flow === 0) {
      if (!this.keyAllowed) this.fail("a key may not begin here");
      this.roll(this.column, "block mapping");
    }
    this.removeKey();
    this.keyAllowed = this.flow === 0;
    this.add("key", this.line);
    this.position++;
    return true;
  }

  private colon(): true {
    const { key } = this;
    if (key !== undefined && this.isStillPossible(key)) {
      this.insert(key, "key");
      this.roll(key.column, "block mapping", key);
      key.possible = false;
      this.keyAllowed = false;
    } else {
      if (this.flow === 0) {
        if (!this.keyAllowed)
          this.fail("a key with a colon may not stand here; put the value in quotes if it holds a colon");
        this.roll(this.column, "block mapping");
      }
      this.keyAllowed = this.flow === 0;
    }
    this.add(":", this.line);
    this.position++;
    return true;
  }

  private isStillPossible(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.line === this.line && key.position + KEY_LENGTH >= this.position) return true;
    if (key.required) this.fail("a colon is missing behind the key", key.line);
    key.possible = false;
    return false;
  }

  private saveKey(): SimpleKey | undefined {
    if (!this.keyAllowed) return undefined;
    const { position, line, column } = this;
    const required = this.flow === 0 && this.indent === column;
    const number = this.taken + this.tokens.length - this.head;
    this.removeKey();
    return (this.key = { possible: true, awaited: true, required, number, position, line, column });
  }

  private removeKey(): void {
    const { key } = this;
    if (key === undefined || !key.possible) return;
    if (key.required) this.fail("a colon is missing behind the key", key.line);
    key.possible = false;
  }

  private roll(column: number, kind: "block sequence" | "block mapping", before?: SimpleKey): void {
    if (this.flow > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > MOST_LEVELS) this.fail("the nesting is too deep");
    if (before === undefined) this.add(kind, this.line);
    else this.insert(before, kind);
  }

  private unroll(column: number): void {
    if (this.flow > 0) return;
    while (this.indent > column) {
      this.add("block end", this.line);
      this.indent = this.indents.pop() ?? -1;
    }
  }
}

const REST_OF_LINE = /[^\n\r\x85\u2028\u2029\0]+/y;

const WORD_AS_KEY = /[A-Za-z][A-Za-z0-9_./-]{0,200}(?=:[ \n\r])/y;

const NO_KEY: SimpleKey = {
  possible: false,
  awaited: false,
  required: false,
  number: 0,
  position: 0,
  line: 0,
  column: 0,
};

/** Stands for the key within brackets that may be a key themselves, until there is one. */
const NO_KEY_YET: SimpleKey = { ...NO_KEY };

const NEVER_PLAIN: ReadonlySet<number> = new Set([
  code.hash,
  code.ampersand,
  code.asterisk,
  code.exclamation,
  code.pipe,
  code.greater,
  code.singleQuote,
  code.doubleQuote,
  code.percent,
  code.at,
  code.backtick,
]);

function notPrintable(text: string, index: number, character: string): YamlError {
  const line = text.slice(0, index).split("\n").length - 1;
  const number = character.codePointAt(0) ?? 0;
  return new YamlError(
    `the character U+${number.toString(16).toUpperCase().padStart(4, "0")} may not stand in YAML`,
    line,
  );
}
