import { Cidr, parseCidr } from "../address";
import { patternOf } from "./regex";
import { holds } from "./parts";
import { parseQuantity, Quantity } from "../../../lib/quantity";

/**
 * What generated code calls (see `generate.ts`). Each function either returns what CEL returns, or ends the
 * evaluation where the data is anything else than the ordinary: the interpreter then decides.
 *
 * Numbers are JavaScript numbers, of either CEL type: comparing them is all that generated code does with them.
 * Absent optional values are `undefined`.
 */
type CelMap = Readonly<Record<string, unknown>>;

/** Thrown where generated code leaves a case to the interpreter. One instance: it is never shown. */
const leave = new Error("left to the interpreter");

function leaveIt(): never {
  throw leave;
}

function isMap(value: unknown): value is CelMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function map(value: unknown): CelMap {
  return isMap(value) ? value : leaveIt();
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : leaveIt();
}

function text(value: unknown): string {
  return typeof value === "string" ? value : leaveIt();
}

function number(value: unknown): number {
  return typeof value === "number" && !Number.isNaN(value) ? value : leaveIt();
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function present(value: unknown): unknown {
  return value === undefined || value === null ? leaveIt() : value;
}

/** An optional value. Null is no field's value to the API server, but may stand in a list. */
function optional(value: unknown): unknown {
  return value === null ? leaveIt() : value;
}

function own(value: CelMap, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function elements(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.keys(value) : leaveIt();
}

function position(values: readonly unknown[], index: unknown): unknown {
  return values[number(index)];
}

function inBounds(value: string, index: number): number {
  return index >= 0 && index <= value.length ? index : leaveIt();
}

function network(value: unknown): Cidr {
  if (value instanceof Cidr) return value;
  return parseCidr(text(value)) ?? leaveIt();
}

function amount(value: unknown): Quantity {
  if (value instanceof Quantity) return value;
  return parseQuantity(text(value)) ?? leaveIt();
}

export const runtime = {
  bool: (value: unknown): boolean => (typeof value === "boolean" ? value : leaveIt()),

  /** `m.key`, where no object has the key by itself (`toString`). */
  get: (value: unknown, key: string): unknown => present(map(value)[key]),
  getOwn: (value: unknown, key: string): unknown => present(own(map(value), key)),
  /** `m.?key`, and `m.key` on an optional `m`. */
  opt: (value: unknown, key: string): unknown => (value === undefined ? undefined : optional(map(value)[key])),
  optOwn: (value: unknown, key: string): unknown => (value === undefined ? undefined : optional(own(map(value), key))),
  /** `c[index]` */
  at: (value: unknown, index: unknown): unknown =>
    present(Array.isArray(value) ? position(value, index) : own(map(value), text(index))),
  /** `c[?index]` */
  optAt: (value: unknown, index: unknown): unknown => {
    if (value === undefined) return undefined;
    return optional(Array.isArray(value) ? position(value, index) : own(map(value), text(index)));
  },
  has: (value: unknown, key: string): boolean => own(map(value), key) !== undefined,

  /** Of different types: not equal. Lists and maps are the interpreter's. */
  eq: (a: unknown, b: unknown): boolean => (isScalar(a) && isScalar(b) ? a === b : leaveIt()),
  lt: (a: unknown, b: unknown): boolean => number(a) < number(b),
  le: (a: unknown, b: unknown): boolean => number(a) <= number(b),
  isIn: (value: unknown, all: unknown): boolean => {
    if (typeof value !== "string") return leaveIt();
    return Array.isArray(all) ? all.includes(value) : own(map(all), value) !== undefined;
  },
  add: (a: unknown, b: unknown): unknown => (typeof a === "string" ? a + text(b) : [...list(a), ...list(b)]),

  /** An int, as long as JavaScript's numbers hold it exactly. */
  int64: (value: number): number => (Number.isSafeInteger(value) ? value : leaveIt()),
  sum: (values: readonly number[]): number => runtime.int64(values.reduce((sum, each) => sum + each, 0)),
  distinct: (value: unknown): readonly string[] => [...new Set(list(value).map(text))],

  isString: (value: unknown): boolean => typeof present(value) === "string",
  isBool: (value: unknown): boolean => typeof present(value) === "boolean",
  isList: (value: unknown): boolean => Array.isArray(present(value)),
  isMap: (value: unknown): boolean => isMap(present(value)) && !(value instanceof Cidr),

  all: (value: unknown, holds: (each: unknown) => boolean): boolean => elements(value).every((each) => holds(each)),
  exists: (value: unknown, holds: (each: unknown) => boolean): boolean => elements(value).some((each) => holds(each)),
  filter: (value: unknown, holds: (each: unknown) => boolean): readonly unknown[] =>
    elements(value).filter((each) => holds(each)),
  map: (value: unknown, of: (each: unknown) => unknown): readonly unknown[] => elements(value).map((each) => of(each)),

  size: (value: unknown): number => {
    // The API server counts code points.
    if (typeof value === "string") return /^[\0-\x7f]*$/.test(value) ? value.length : leaveIt();
    return elements(value).length;
  },
  startsWith: (value: unknown, part: unknown): boolean => text(value).startsWith(text(part)),
  endsWith: (value: unknown, part: unknown): boolean => text(value).endsWith(text(part)),
  contains: (value: unknown, part: unknown): boolean => holds(text(value), text(part)),
  matches: (value: unknown, source: unknown): boolean => patternOf(text(source)).test(text(value)),
  find: (value: unknown, source: unknown): string => patternOf(text(source)).first(text(value)) ?? "",
  findAll: (value: unknown, source: unknown): readonly string[] => patternOf(text(source)).all(text(value)),
  indexOf: (value: unknown, part: unknown): number => text(value).indexOf(text(part)),
  substring: (value: unknown, from: unknown, to?: unknown): string => {
    const whole = text(value);
    const start = inBounds(whole, number(from));
    if (to === undefined) return whole.slice(start);
    const end = inBounds(whole, number(to));
    return end >= start ? whole.slice(start, end) : leaveIt();
  },
  lowerAscii: (value: unknown): string => text(value).toLowerCase(),
  upperAscii: (value: unknown): string => text(value).toUpperCase(),
  trim: (value: unknown): string => text(value).trim(),
  split: (value: unknown, by: unknown): readonly string[] => text(value).split(text(by)),
  replace: (value: unknown, from: unknown, to: unknown): string => {
    const replacement = text(to);
    return text(value).replaceAll(text(from), () => replacement);
  },
  join: (value: unknown, by: unknown = ""): string => list(value).map(text).join(text(by)),
  string: (value: unknown): string => {
    if (typeof value === "number" && Number.isFinite(value)) return String(value);
    return typeof value === "boolean" ? String(value) : text(value);
  },
  int: (value: unknown): number => {
    if (typeof value === "string") return /^-?\d{1,15}$/.test(value) ? Number(value) : leaveIt();
    return Number.isSafeInteger(value) ? number(value) : leaveIt();
  },

  cidr: (value: unknown): Cidr => network(text(value)),
  containsCidr: (a: unknown, b: unknown): boolean => network(a).containsCidr(network(b)),
  prefixLength: (a: unknown): number => network(a).length,

  quantity: (value: unknown): Quantity => amount(text(value)),
  isGreaterThan: (a: unknown, b: unknown): boolean => amount(a).compareTo(amount(b)) > 0,

  /** The variable of a subject; a rule that reads one which its subject lacks is the interpreter's. */
  variable: present,
};
