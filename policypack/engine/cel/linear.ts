/**
 * Whether JavaScript's engine, which tries one way to match after the other, matches an expression in time that grows
 * with the text and no faster: at almost every repetition and alternative the next character tells how to go on, so that
 * there are few ways from one place, and no place is come by from many.
 *
 * It takes expressions of the syntax that JavaScript shares with RE2 (see `regex.ts`). Most of what a scan matches with
 * long text is of this kind; RE2's engine, which needs milliseconds to compile an expression, is spared.
 */
export function isLinear(source: string, anyCase: boolean): boolean {
  const whole = new Parser(source, anyCase).alternatives();
  if (waysOf(whole, 0n) > MOST_WAYS) return false;
  const startsOnce = whole.options.every(([first]) => first?.kind === "start");
  const begins = firstOf(whole);
  return startsOnce || endless(whole).every((each) => !isNullable(whole) && (each & begins) === 0n);
}

/** Ways to match from one place that may have to be tried. */
const MOST_WAYS = 64;

/** Characters as bits of a number: those of ASCII, one for all others, and one for the end of the text. */
type Characters = bigint;
const OTHERS = 1n << 128n;
const END = 1n << 129n;

type Sequence = readonly Part[];
interface Alternatives {
  readonly kind: "alternatives";
  readonly options: readonly Sequence[];
}
interface Repetition {
  readonly kind: "repetition";
  readonly of: Part;
  readonly least: number;
  readonly most: number;
}
interface Single {
  readonly kind: "single";
  readonly characters: Characters;
}
/** Takes no character. */
interface Place {
  readonly kind: "start" | "boundary";
}
type Part = Single | Place | Alternatives | Repetition;

function isNullable(part: Part): boolean {
  if (part.kind === "alternatives") return part.options.some((option) => option.every(isNullable));
  if (part.kind === "repetition") return part.least === 0 || isNullable(part.of);
  return part.kind !== "single";
}

/** What the part may begin with. */
function firstOf(part: Part): Characters {
  if (part.kind === "alternatives") return union(part.options.map((option) => firstAt(option, 0, 0n)));
  if (part.kind === "repetition") return firstOf(part.of);
  return part.kind === "single" ? part.characters : 0n;
}

/** What a sequence may begin with from one of its parts on. */
function firstAt(sequence: Sequence, index: number, behind: Characters): Characters {
  const part = sequence[index];
  if (part === undefined) return behind;
  return isNullable(part) ? firstOf(part) | firstAt(sequence, index + 1, behind) : firstOf(part);
}

/** How many ways to match from one place may have to be tried, where `behind` says what may follow. */
function waysOf(part: Part, behind: Characters): number {
  if (part.kind === "alternatives") {
    const ways = part.options.map((option) => waysThrough(option, behind));
    const firsts = part.options.map((option) => firstAt(option, 0, behind));
    return areDisjoint(firsts) ? Math.max(...ways) : ways.reduce((sum, each) => sum + each, 0);
  }
  if (part.kind !== "repetition") return 1;
  const { of, least, most } = part;
  if (most > 1 && isNullable(of)) return Number.POSITIVE_INFINITY;
  const first = firstOf(of);
  const once = waysOf(of, most > 1 ? first | behind : behind);
  const all = once === 1 ? 1 : once ** most;
  return (first & behind) === 0n && !isNullable(of) ? all : all * (most - least + 1);
}

function waysThrough(sequence: Sequence, behind: Characters): number {
  return sequence.reduce((ways, part, index) => ways * waysOf(part, firstAt(sequence, index + 1, behind)), 1);
}

/** The characters of each repetition without end. */
function endless(part: Part): readonly Characters[] {
  if (part.kind === "alternatives") return part.options.flat().flatMap(endless);
  if (part.kind !== "repetition") return [];
  return part.most === Number.POSITIVE_INFINITY ? [charactersOf(part)] : endless(part.of);
}

function charactersOf(part: Part): Characters {
  if (part.kind === "alternatives") return union(part.options.flat().map(charactersOf));
  if (part.kind === "repetition") return charactersOf(part.of);
  return part.kind === "single" ? part.characters : 0n;
}

function union(sets: readonly Characters[]): Characters {
  return sets.reduce((all, each) => all | each, 0n);
}

function areDisjoint(sets: readonly Characters[]): boolean {
  let seen = 0n;
  return sets.every((each) => {
    const isApart = (seen & each) === 0n;
    seen |= each;
    return isApart;
  });
}

const GROUP = /\((?:\?:)?/y;
const ATOM = /\\.|\[\^?(?:[^\\\]]|\\.)*\]|./sy;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;

class Parser {
  private position = 0;

  constructor(
    private readonly source: string,
    private readonly anyCase: boolean,
  ) {}

  alternatives(): Alternatives {
    const options = [this.sequence()];
    while (this.take(/\|/y) !== undefined) options.push(this.sequence());
    return { kind: "alternatives", options };
  }

  private sequence(): Sequence {
    const parts: Part[] = [];
    while (this.position < this.source.length && !"|)".includes(this.source.charAt(this.position)))
      parts.push(this.repeated(this.part()));
    return parts;
  }

  private part(): Part {
    if (this.take(GROUP) === undefined) return this.atom(this.take(ATOM)?.[0] ?? "");
    const group = this.alternatives();
    this.position++;
    return group;
  }

  private atom(text: string): Part {
    if (text === "^") return { kind: "start" };
    if (text === "\\b" || text === "\\B") return { kind: "boundary" };
    return { kind: "single", characters: text === "$" ? END : charactersIn(text, this.anyCase) };
  }

  private repeated(of: Part): Part {
    const found = this.take(QUANTIFIER);
    if (found === undefined) return of;
    const [, sign, least = "", comma, most = ""] = found;
    if (sign !== undefined)
      return { kind: "repetition", of, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Number.POSITIVE_INFINITY };
    const bound = comma === "" ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most);
    return { kind: "repetition", of, least: Number(least), most: bound };
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.source);
    if (found === null) return undefined;
    this.position = pattern.lastIndex;
    return found;
  }
}

const ASCII = String.fromCharCode(...Array.from({ length: 128 }, (_, code) => code));

/** The characters that a class, an escape or a sign stands for, as JavaScript's engine says. */
function charactersIn(text: string, anyCase: boolean): Characters {
  const pattern = new RegExp(text, anyCase ? "gi" : "g");
  let characters = /[^\0-\x7f]/.test(text) || "\u0100".match(pattern) !== null ? OTHERS : 0n;
  for (const found of ASCII.match(pattern) ?? []) characters |= 1n << BigInt(found.charCodeAt(0));
  return characters;
}
