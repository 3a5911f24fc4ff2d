import { asObject } from "../../../lib/json";
import { raiseUnknown } from "../../../lib/unknown";
import { namedFields } from "../workload";

/** Marks a list some of whose elements are not known. */
export const PARTIAL = Symbol("partial");

/**
 * Lets `all` and `exists` look at the known elements of a list, and the known keys of a map, first, so that one that decides is found whatever
 * stands before it. cel-js 8.0.0 reads an element outside the protection it gives to the predicate
 * (lib/operators.js, iterateQuantifier), so an unknown element would end the search.
 *
 * This changes nodes of the parsed expression (docs/decisions/0006-known-elements-first.md). Where a later cel-js has another shape nothing is changed: more is
 * undecided then, nothing is passed.
 */
export function preferKnown(ast: unknown): void {
  const seen = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) return value.forEach(visit);
    const iterable = quantified(value);
    if (iterable !== undefined) wrap(iterable);
    for (const key of ["args", "meta", "alternate", "macro", "receiver", "iterable", "step", "val", "exp", "arg"]) {
      visit(Reflect.get(value, key));
    }
  };
  visit(ast);
}

/** The node that gives the list of an `all` or `exists`. */
function quantified(node: object): object | undefined {
  const args: unknown = Reflect.get(node, "op") === "comprehension" ? Reflect.get(node, "args") : undefined;
  if (typeof args !== "object" || args === null || Reflect.get(args, "kind") !== "quantifier") return undefined;
  const iterable: unknown = Reflect.get(args, "iterable");
  return typeof iterable === "object" && iterable !== null ? iterable : undefined;
}

function wrap(node: object): void {
  Reflect.set(node, "evaluate", (evaluator: unknown, _node: unknown, context: unknown): unknown => {
    const meta: unknown = Reflect.get(node, "meta");
    if (typeof meta !== "object" || meta === null) throw new TypeError("unexpected shape of a parsed expression");
    const other: unknown = Reflect.get(meta, "alternate") ?? Reflect.get(meta, "macro");
    const [holder, self] = typeof other === "object" && other !== null ? [other, other] : [meta, node];
    const evaluate: unknown = Reflect.get(holder, "evaluate");
    if (typeof evaluate !== "function") throw new TypeError("unexpected shape of a parsed expression");
    return knownFirst(Reflect.apply(evaluate, self, [evaluator, self, context]));
  });
}

function knownFirst(value: unknown): unknown {
  if (!Array.isArray(value)) return keysOf(value);
  if (!(PARTIAL in value)) return value;
  const elements = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([key]) => key !== "length");
  const known = elements.filter(([, descriptor]) => descriptor.get === undefined);
  const unknown = elements.filter(([, descriptor]) => descriptor.get !== undefined);
  const ordered: unknown[] = [];
  for (const [, descriptor] of [...known, ...unknown]) Object.defineProperty(ordered, ordered.length, descriptor);
  return ordered;
}

/** The keys that a map of a part names, before one that is not known; another value as it is. */
function keysOf(value: unknown): unknown {
  const named = asObject(value);
  if (named === undefined || namedFields(named) === named) return value;
  const keys: unknown[] = Object.keys(namedFields(named));
  return Object.defineProperty(keys, keys.length, { enumerable: true, get: raiseUnknown });
}
