/** Characters by their numbers, as the scanner compares them. */
export const code = {
  end: 0,
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  exclamation: 0x21,
  doubleQuote: 0x22,
  hash: 0x23,
  percent: 0x25,
  ampersand: 0x26,
  singleQuote: 0x27,
  asterisk: 0x2a,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  less: 0x3c,
  greater: 0x3e,
  question: 0x3f,
  at: 0x40,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  backtick: 0x60,
  openBrace: 0x7b,
  pipe: 0x7c,
  closeBrace: 0x7d,
  nextLine: 0x85,
  byteOrderMark: 0xfeff,
  lineSeparator: 0x2028,
  paragraphSeparator: 0x2029,
} as const;

export function isBlank(character: number): boolean {
  return character === code.space || character === code.tab;
}

/** YAML 1.1 ends lines at more characters than YAML 1.2 does. */
export function isBreak(character: number): boolean {
  return (
    character === code.lineFeed ||
    character === code.carriageReturn ||
    character === code.nextLine ||
    character === code.lineSeparator ||
    character === code.paragraphSeparator
  );
}

/** A blank, a line's end or the end of the text. */
export function isGap(character: number): boolean {
  // Nearly every character is none: asked in one comparison.
  if (character > code.space && character < code.nextLine) return false;
  return isBlank(character) || isBreak(character) || character === code.end;
}

/** What ends a plain scalar between brackets. */
export function isFlowIndicator(character: number): boolean {
  return (
    character === code.comma ||
    character === code.question ||
    character === code.openBracket ||
    character === code.closeBracket ||
    character === code.openBrace ||
    character === code.closeBrace
  );
}
