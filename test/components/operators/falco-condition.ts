import { parse as parseAddress, parseCIDR } from "ipaddr.js";
import { z } from "zod";
import { parse } from "yaml";

/**
 * Conditions of Falco's rules, read and evaluated. Falco itself cannot be built here, so this is held against what its
 * library documents: the grammar in userspace/libsinsp/filter/parser.h, the comparisons in filter_compare.cpp, and what
 * a field without a value comes to in sinsp_filtercheck.cpp (falcosecurity/libs 0.25.4). Without field transformers.
 */
export type Node =
  | { readonly type: "and" | "or"; readonly parts: readonly Node[] }
  | { readonly type: "not"; readonly part: Node }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "check"; readonly field: string; readonly operator: string; readonly values: readonly string[] };

const comparing = [
  ...["==", "=", "!=", "<=", ">=", "<", ">", "icontains", "contains", "bcontains", "bstartswith", "startswith"],
  ...["endswith", "iglob", "glob", "regex"],
];
const listing = ["intersects", "pmatch", "in"];

/** Reads a condition; throws where it is none. */
export function parseCondition(text: string): Node {
  let rest = text;
  const fail = (what: string): never => {
    throw new Error(`${what} before "${rest.slice(0, 40)}" in: ${text}`);
  };
  const space = (): void => {
    rest = rest.trimStart();
  };
  const eat = (pattern: RegExp): string | undefined => {
    const found = new RegExp(`^(?:${pattern.source})`).exec(rest)?.[0];
    if (found !== undefined) rest = rest.slice(found.length);
    return found;
  };
  const words = (operators: readonly string[]): RegExp =>
    new RegExp(
      operators.map((each) => (/^[a-z]/.test(each) ? `${each}(?=[\\s(])` : each.replace(/[<>=!]/g, "\\$&"))).join("|"),
    );
  const value = (): string => {
    space();
    const quoted = eat(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/);
    if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(["'\\])/g, "$1");
    return eat(/[^\s(),="']+/) ?? fail("expected a value");
  };
  const list = (): string[] => {
    space();
    if (eat(/\(/) === undefined) return [value()];
    const values: string[] = [];
    space();
    if (eat(/\)/) !== undefined) return values;
    do values.push(value());
    while ((space(), eat(/,/) !== undefined));
    space();
    if (eat(/\)/) === undefined) fail("expected , or )");
    return values;
  };
  const check = (): Node => {
    space();
    if (eat(/\(/) !== undefined) {
      const inner = or();
      space();
      return eat(/\)/) === undefined ? fail("expected )") : inner;
    }
    const field = eat(/[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+(?:\[(?:"[^"]*"|'[^']*'|[^\s[\]"']+)\])?/);
    if (field === undefined) {
      const name = eat(/[a-zA-Z][a-zA-Z0-9_]*/) ?? fail("expected a field or a macro");
      if (["and", "or", "not"].includes(name)) fail(`${name} stands where a check belongs`);
      return { type: "name", name };
    }
    space();
    if (eat(/exists(?=[\s)]|$)/) !== undefined) return { type: "check", field, operator: "exists", values: [] };
    const operator = eat(words([...listing, ...comparing])) ?? fail("expected an operator");
    return { type: "check", field, operator, values: listing.includes(operator) ? list() : [value()] };
  };
  const not = (): Node => {
    space();
    return eat(/not(?=[\s(])/) === undefined ? check() : { type: "not", part: not() };
  };
  const chain = (word: "and" | "or", part: () => Node): Node => {
    const parts = [part()];
    for (;;) {
      const before = rest;
      space();
      if (eat(new RegExp(`${word}(?=[\\s(])`)) === undefined) {
        rest = before;
        break;
      }
      parts.push(part());
    }
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : { type: word, parts };
  };
  const and = (): Node => chain("and", not);
  const or = (): Node => chain("or", and);
  const whole = or();
  space();
  return rest === "" ? whole : fail("expected and, or, or the end");
}

/** A field's value as an event has it; a list where the field extracts several. */
export type Value = string | number | boolean | readonly string[] | undefined;
export type Event = (field: string) => Value;

export interface Definitions {
  readonly macros: ReadonlyMap<string, Node>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** Whether an event meets a condition. A field that the event does not have meets none, `!=` included. */
export function holds(node: Node, event: Event, definitions: Definitions): boolean {
  switch (node.type) {
    case "and":
      return node.parts.every((part) => holds(part, event, definitions));
    case "or":
      return node.parts.some((part) => holds(part, event, definitions));
    case "not":
      return !holds(node.part, event, definitions);
    case "name": {
      const macro = definitions.macros.get(node.name);
      if (macro === undefined) throw new Error(`there is no macro ${node.name}`);
      return holds(macro, event, definitions);
    }
    case "check":
      return checkHolds(node, event(node.field), definitions);
  }
}

type Check = Extract<Node, { type: "check" }>;

function checkHolds({ field, operator, values }: Check, given: Value, { lists }: Definitions): boolean {
  if (given === undefined) return false;
  if (operator === "exists") return true;
  const wanted = values.flatMap((value) => lists.get(value) ?? [value]);
  const found = Array.isArray(given) ? given.map(String) : [String(given)];
  const isNet = /^fd\.[a-z]*net$/.test(field);
  const isAddress = /^fd\.[a-z]*ip$/.test(field);
  const same = (one: string, other: string): boolean =>
    isNet
      ? inNet(one, other)
      : isAddress
        ? parseAddress(one).toString() === parseAddress(other).toString()
        : one === other;
  const any = (value: string): boolean => wanted.some((each) => same(value, each));
  if (operator === "in") return found.every(any);
  if (operator === "intersects") return found.some(any);
  if (operator === "pmatch") return found.every((value) => wanted.some((each) => isBelow(value, each)));
  const [one = "", other = ""] = [found[0], wanted[0]];
  return compared(operator, one, other, same(one, other));
}

const texts: Readonly<Record<string, (one: string, other: string) => boolean>> = {
  contains: (one, other) => one.includes(other),
  icontains: (one, other) => one.toLowerCase().includes(other.toLowerCase()),
  startswith: (one, other) => one.startsWith(other),
  endswith: (one, other) => one.endsWith(other),
  glob: (one, other) => globOf(other).test(one),
  "<": (one, other) => order(one, other) < 0,
  "<=": (one, other) => order(one, other) <= 0,
  ">": (one, other) => order(one, other) > 0,
  ">=": (one, other) => order(one, other) >= 0,
};

function compared(operator: string, one: string, other: string, same: boolean): boolean {
  if (operator === "=" || operator === "==") return same;
  if (operator === "!=") return !same;
  const compare = texts[operator];
  if (compare === undefined) throw new Error(`operator ${operator} is not evaluated here`);
  return compare(one, other);
}

function order(one: string, other: string): number {
  const numeric = /^-?\d+$/.test(one) && /^-?\d+$/.test(other);
  return numeric ? Number(BigInt(one) - BigInt(other)) : one < other ? -1 : one > other ? 1 : 0;
}

const globOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );

const isBelow = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);

function inNet(address: string, net: string): boolean {
  const [one, other] = [
    parseAddress(address),
    parseCIDR(net.includes("/") ? net : `${net}/${net.includes(":") ? 128 : 32}`),
  ];
  return one.kind() === other[0].kind() && one.match(other);
}

/** What a condition of a Falco rule is made of. */
export interface Condition {
  readonly fields: readonly string[];
  readonly operators: readonly string[];
  /** Bare words: macros. */
  readonly macros: readonly string[];
  /** Fields with what they are compared with; names of lists among the values. */
  readonly comparisons: readonly { readonly field: string; readonly values: readonly string[] }[];
}

/** Everything that a condition names; the argument of a field left out. */
export function readCondition(text: string): Condition {
  const checks: Check[] = [];
  const macros = new Set<string>();
  const walk = (node: Node): void => {
    if (node.type === "check") checks.push(node);
    else if (node.type === "name") macros.add(node.name);
    else if (node.type === "not") walk(node.part);
    else node.parts.forEach(walk);
  };
  walk(parseCondition(text));
  const bare = (field: string): string => field.replace(/\[.*$/, "");
  return {
    fields: [...new Set(checks.map(({ field }) => bare(field)))],
    operators: [...new Set(checks.map(({ operator }) => operator).filter((operator) => operator !== "exists"))],
    macros: [...macros],
    comparisons: checks
      .filter(({ operator }) => operator !== "exists")
      .map(({ field, values }) => ({ field: bare(field), values })),
  };
}

const entries = z.array(
  z.looseObject({
    rule: z.string().optional(),
    macro: z.string().optional(),
    list: z.string().optional(),
    condition: z.string().default(""),
    items: z.array(z.string()).default([]),
    priority: z.string().default(""),
  }),
);

/** A rules file ready to judge events. */
export interface RuleSet {
  /** Names of the rules that an event meets. */
  readonly fired: (event: Event) => string[];
  readonly holds: (macro: string, event: Event) => boolean;
  readonly names: readonly string[];
}

/** Loads a rules file as Falco would: lists and macros before what uses them. */
export function loadRules(file: string): RuleSet {
  const macros = new Map<string, Node>();
  const lists = new Map<string, readonly string[]>();
  const rules = new Map<string, Node>();
  for (const { rule, macro, list, condition, items } of entries.parse(parse(file))) {
    if (list !== undefined)
      lists.set(
        list,
        items.flatMap((item) => lists.get(item) ?? [item]),
      );
    if (macro !== undefined) macros.set(macro, parseCondition(condition));
    if (rule !== undefined) rules.set(rule, parseCondition(condition));
  }
  const definitions = { macros, lists };
  return {
    fired: (event) => [...rules].filter(([, node]) => holds(node, event, definitions)).map(([name]) => name),
    holds: (macro, event) => holds({ type: "name", name: macro }, event, definitions),
    names: [...rules.keys()],
  };
}
