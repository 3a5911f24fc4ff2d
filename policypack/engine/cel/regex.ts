import { RE2JS } from "re2js";

/** A regular expression as the API server has it: RE2's syntax, and time that grows with the text and no faster. */
export interface Pattern {
  test(text: string): boolean;
  first(text: string): string | undefined;
  all(text: string): readonly string[];
}

const known = new Map<string, Pattern>();

/** Throws for what is no expression of RE2. */
export function patternOf(source: string): Pattern {
  const found = known.get(source);
  if (found !== undefined) return found;
  const made = new Re2(source);
  known.set(source, made);
  return made;
}

/** Short printable ASCII: here both engines mean the same, and JavaScript's is several times faster. */
const SHORT = 256;
const PRINTABLE = /^[\x20-\x7e]*$/;

class Re2 implements Pattern {
  private readonly linear: RE2JS;
  private readonly fast: RegExp | undefined;

  constructor(source: string) {
    this.linear = RE2JS.compile(source);
    this.fast = isShared(source) ? new RegExp(source) : undefined;
  }

  test(text: string): boolean {
    if (this.fast !== undefined && text.length <= SHORT && PRINTABLE.test(text)) return this.fast.test(text);
    return this.linear.test(text);
  }

  first(text: string): string | undefined {
    const matcher = this.linear.matcher(text);
    return matcher.find() ? (matcher.group() ?? undefined) : undefined;
  }

  all(text: string): readonly string[] {
    const matcher = this.linear.matcher(text);
    const found: string[] = [];
    while (matcher.find()) found.push(matcher.group() ?? "");
    return found;
  }
}

/** Syntax that means the same to both on such text: groups, classes of single characters, escapes of signs. */
const SHARED =
  /^(?:[^\\[\]()*+?{}]|\\[^A-Za-z0-9]|\\[dDwWsSbB]|\[\^?(?:[^\\[\]]|\\[^A-Za-z0-9]|\\[dDwWsS])+\]|\(\?:|\((?!\?)|\)|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??)*$/;

/**
 * Whether JavaScript's engine may be used on short text: its syntax is shared, and nothing that is repeated without
 * bound is repeated again, which is what makes it take exponential time.
 */
function isShared(source: string): boolean {
  return source.length <= 1_000 && SHARED.test(source) && !repeatsAgain(source);
}

const UNBOUNDED = /^(?:[*+]|\{\d+,\d*\})/;

function repeatsAgain(source: string): boolean {
  const groups: boolean[] = [];
  let inner = false;
  for (let index = 0; index < source.length; index++) {
    const character = source[index];
    if (character === "\\") index++;
    else if (character === "[") index = endOfClass(source, index);
    else if (character === "(") {
      groups.push(inner);
      inner = false;
    } else if (character === ")") {
      const repeated = /^(?:[*+]|\{\d+,)/.test(source.slice(index + 1));
      if (inner && repeated) return true;
      inner = (groups.pop() ?? false) || inner || repeated;
    } else if (UNBOUNDED.test(source.slice(index, index + 8))) inner = true;
  }
  return false;
}

function endOfClass(source: string, from: number): number {
  let index = from + 1;
  while (index < source.length && source[index] !== "]") index += source[index] === "\\" ? 2 : 1;
  return index;
}
