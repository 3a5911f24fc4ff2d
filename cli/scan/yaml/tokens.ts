/** What the scanner makes of the text, in the terms of YAML 1.1. */
export type TokenKind =
  | "end of the text"
  | "directive"
  | "document start"
  | "document end"
  | "block sequence"
  | "block mapping"
  | "block end"
  | "["
  | "]"
  | "{"
  | "}"
  | ","
  | "-"
  | "key"
  | ":"
  | "alias"
  | "anchor"
  | "tag"
  | "plain"
  | "quoted";

export interface Token {
  readonly kind: TokenKind;
  /** From 0. */
  readonly line: number;
  /** The text of a scalar, the name of an anchor, a tag in full. */
  readonly value: string;
  /** Set where it may turn out to be a key. */
  readonly key: SimpleKey | undefined;
}

/** A token that is a key if a colon follows. */
export interface SimpleKey {
  possible: boolean;
  /** Whether the token is held back until it is known whether it is a key. */
  awaited: boolean;
  /** Stands where only a key may stand. */
  readonly required: boolean;
  /** How many tokens were made before it. */
  readonly number: number;
  readonly position: number;
  readonly line: number;
  readonly column: number;
}

/** What reading a scalar, an anchor or a tag needs of the scanner. */
export interface Cursor {
  readonly text: string;
  position: number;
  readonly line: number;
  /** Of the next character, in its line. */
  readonly column: number;
  /** Column of the innermost block collection; -1 outside. */
  readonly indent: number;
  /** Brackets that are open. */
  readonly flow: number;
  /** The code of the character that many places on. */
  at(offset?: number): number;
  fail(message: string, line?: number): never;
  endLine(): string;
  atDocumentMark(): boolean;
  allowKey(): void;
  match(pattern: RegExp): string;
  skipLine(): string;
}
