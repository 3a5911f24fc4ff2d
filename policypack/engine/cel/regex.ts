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

/** Short plain text: here both engines mean the same, and JavaScript's is several times faster. */
const SHORT = 512;
const PLAIN = /^[\t\n\x20-\x7e]*$/;

/** RE2's way of saying that case does not matter, at the start of an expression. */
const ANY_CASE = "(?i)";

/** Verdicts that are remembered for each expression: the same names and versions come back hundreds of times. */
const REMEMBERED = 1_000;

class Re2 implements Pattern {
  private linear: RE2JS | undefined;
  private readonly fast: RegExp | undefined;
  /** The longest text for JavaScript's engine. */
  private readonly longest: number;
  private readonly verdicts = new Map<string, boolean>();

  constructor(private readonly source: string) {
    const anyCase = source.startsWith(ANY_CASE);
    const rest = anyCase ? source.slice(ANY_CASE.length) : source;
    this.longest = isBounded(rest) ? Number.POSITIVE_INFINITY : SHORT;
    if (isShared(rest)) this.fast = new RegExp(rest, anyCase ? "i" : "");
    // What is shared is valid to both; anything else is compiled at once, so that a mistake shows.
    else this.linear = RE2JS.compile(source);
  }

  test(text: string): boolean {
    if (this.fast !== undefined && text.length <= this.longest && PLAIN.test(text)) return this.fast.test(text);
    if (text.length > SHORT) return this.compiled().test(text);
    const known = this.verdicts.get(text);
    if (known !== undefined) return known;
    const verdict = this.compiled().test(text);
    if (this.verdicts.size < REMEMBERED) this.verdicts.set(text, verdict);
    return verdict;
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

/**
 * Whether JavaScript's engine may be used on short text: its syntax is shared, and nothing that is repeated without
 * bound is repeated again, which is what makes it take exponential time.
 */
function isShared(source: string): boolean {
  return source.length <= 4_000 && SHARED.test(source) && !repeatsAgain(source);
}

/** Ways to match from one place that JavaScript's engine may have to try at most. */
const MOST_WAYS = 64;

/**
 * Whether the ways to match from one place are few whatever the text, so that JavaScript's engine takes linear time:
 * nothing is repeated without bound, and what is repeated a varying number of times makes few combinations.
 */
function isBounded(source: string): boolean {
  let ways = 1;
  for (const [, least = "", most = ""] of source.replaceAll(/\\./g, "").matchAll(/\{(\d+),(\d*)\}/g)) {
    if (most === "") return false;
    ways *= Number(most) - Number(least) + 1;
  }
  const bare = source.replaceAll(/\\.|\[[^\]]*\]/g, "x");
  if (/[*+]/.test(bare)) return false;
  return ways * 2 ** (bare.match(/[?|]/g)?.length ?? 0) <= MOST_WAYS;
}

/** Without bound, or so often that it makes no difference. */
const UNBOUNDED = /^(?:[*+]|\{\d+,\}|\{\d+,\d{3}\})/;

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
