import { RE2JS } from "re2js";
import { isLinear } from "./linear";

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

/** Text of which both engines mean the same: neither surrogates nor blanks and line ends that only one of them knows. */
const PLAIN_ASCII = /^[\t\n\x20-\x7e]*$/;
const PLAIN = /^[^\0-\x08\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff\ufeff]*$/;

/** Text for which JavaScript's engine takes little time with whatever does not repeat what is repeated. */
const SHORT = 512;

/** The longest text for JavaScript's engine, which keeps each place that it may come back to. */
const LONG = 1_000_000;

/** RE2's way of saying that case does not matter, at the start of an expression. */
const ANY_CASE = "(?i)";

/** Verdicts that are remembered for each expression: the same names and versions come back hundreds of times. */
const REMEMBERED = 1_000;

class Re2 implements Pattern {
  private linear: RE2JS | undefined;
  private readonly fast: RegExp | undefined;
  private longest: number;
  private isJudged = false;
  private readonly anyCase: boolean;
  private readonly verdicts = new Map<string, boolean>();

  constructor(private readonly source: string) {
    this.anyCase = source.startsWith(ANY_CASE);
    const { rest } = this;
    this.longest = repeatsAgain(rest) ? -1 : SHORT;
    if (isShared(rest)) this.fast = new RegExp(rest, this.anyCase ? "i" : "");
    // What is shared is valid to both; anything else is compiled at once, so that a mistake shows.
    else this.linear = RE2JS.compile(source);
  }

  private get rest(): string {
    return this.anyCase ? this.source.slice(ANY_CASE.length) : this.source;
  }

  test(text: string): boolean {
    if (this.fast !== undefined && (text.length <= this.longest || this.takes(text)) && this.isPlain(text))
      return this.fast.test(text);
    if (text.length > SHORT) return this.compiled().test(text);
    const known = this.verdicts.get(text);
    if (known !== undefined) return known;
    const verdict = this.compiled().test(text);
    if (this.verdicts.size < REMEMBERED) this.verdicts.set(text, verdict);
    return verdict;
  }

  /** Whether JavaScript's engine may be given text longer than any so far. */
  private takes(text: string): boolean {
    if (!this.isJudged && isLinear(this.rest, this.anyCase)) this.longest = LONG;
    this.isJudged = true;
    return text.length <= this.longest;
  }

  // Where case does not matter RE2 takes some letters beyond ASCII for some of ASCII, such as the sign for Kelvin.
  private isPlain(text: string): boolean {
    return PLAIN_ASCII.test(text) || (!this.anyCase && PLAIN.test(text));
  }

  first(text: string): string | undefined {
    const matcher = this.compiled().matcher(text);
    return matcher.find() ? (matcher.group() ?? undefined) : undefined;
  }

  all(text: string): readonly string[] {
    const matcher = this.compiled().matcher(text);
    const found: string[] = [];
    while (matcher.find()) found.push(matcher.group() ?? "");
    return found;
  }

  private compiled(): RE2JS {
    return (this.linear ??= RE2JS.compile(this.source));
  }
}

/** Syntax that means the same to both on such text: groups, classes of single characters, escapes of signs. */
const SHARED =
  /^(?:[^\\[\]()*+?{}]|\\[^A-Za-z0-9]|\\[dDwWsSbBtnr]|\[\^?(?:[^\\[\]]|\\[^A-Za-z0-9]|\\[dDwWsStnr])+\]|\(\?:|\((?!\?)|\)|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??)*$/;

function isShared(source: string): boolean {
  return source.length <= 4_000 && SHARED.test(source);
}

/** Without bound, or so often that it makes no difference. */
const UNBOUNDED = /^(?:[*+]|\{\d+,\}|\{\d+,\d{3}\})/;

/** Whether what is repeated without bound is repeated again, which may make JavaScript's engine take exponential time. */
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
      const repeated = UNBOUNDED.test(source.slice(index + 1, index + 12));
      if (inner && repeated) return true;
      inner = (groups.pop() ?? false) || inner || repeated;
    } else if (UNBOUNDED.test(source.slice(index, index + 12))) inner = true;
  }
  return false;
}

function endOfClass(source: string, from: number): number {
  let index = from + 1;
  while (index < source.length && source[index] !== "]") index += source[index] === "\\" ? 2 : 1;
  return index;
}
