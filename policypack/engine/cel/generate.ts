import type { ASTNode } from "@marcbachmann/cel-js";
import type { runtime } from "./runtime";

/** Variables that generated code takes, in this order. */
export const parameterNames = ["object", "pod", "container", "params"] as const;

/** What is known about the value of a piece of code; "ints" is a list of them. */
type Type = "bool" | "int" | "ints" | "optional" | "other";

interface Code {
  readonly text: string;
  readonly type: Type;
}

/** The expression has a part for which no code is made. */
class NotGenerated extends Error {}

/**
 * JavaScript for a parsed expression: a function of `parameterNames` that calls functions of `runtime.ts` as
 * `r.<name>`. It gives what CEL gives for ordinary data and throws for all else: unknown values, wrong types,
 * missing keys. CEL's rules for errors are thus the interpreter's alone. Undefined where the expression uses
 * something for which no code is made.
 */
export function generate(ast: ASTNode): string | undefined {
  try {
    const variables = new Set<string>();
    const body = value(ast, { variables, bound: new Set() });
    const checks = [...variables].map((name) => `${call("variable", name)};`).join("");
    return `(${parameterNames.join(",")})=>{${checks}return ${body.text}}`;
  } catch (error) {
    if (error instanceof NotGenerated) return undefined;
    throw error;
  }
}

interface Scope {
  /** Variables of the subject that were met. */
  readonly variables: Set<string>;
  /** Variables of the macros around. */
  readonly bound: ReadonlySet<string>;
}

function call(name: keyof typeof runtime, ...args: readonly string[]): string {
  return `r.${name}(${args.join(",")})`;
}

function code(text: string, type: Type = "other"): Code {
  return { text, type };
}

function literal(value: string): string {
  // U+2028 and U+2029 are line ends in older engines' string literals; JSON leaves them as they are.
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

/** Any value that is not optional. */
function value(node: ASTNode, scope: Scope): Code {
  const made = generated(node, scope);
  if (made.type === "optional") throw new NotGenerated();
  return made;
}

function bool(node: ASTNode, scope: Scope): string {
  const made = value(node, scope);
  return made.type === "bool" ? made.text : call("bool", made.text);
}

function generated(node: ASTNode, scope: Scope): Code {
  const made = atom(node, scope) ?? access(node, scope) ?? logic(node, scope) ?? operation(node, scope);
  if (made === undefined) throw new NotGenerated();
  return made;
}

function atom(node: ASTNode, scope: Scope): Code | undefined {
  if (node.op === "value") return constant(node.args);
  if (node.op === "id") return variable(node.args, scope);
  if (node.op === "-_") return negative(node.args);
  if (node.op === "list") return code(`[${node.args.map((each) => value(each, scope).text).join(",")}]`);
  return node.op === "map" && node.args.length === 0 ? code("({})") : undefined;
}

function access(node: ASTNode, scope: Scope): Code | undefined {
  if (node.op === "." || node.op === ".?") return field(node.op, node.args, scope);
  if (node.op !== "[]" && node.op !== "[?]") return undefined;
  const of = generated(node.args[0], scope);
  const index = value(node.args[1], scope).text;
  const isOptional = of.type === "optional" || node.op === "[?]";
  return isOptional ? code(call("optAt", of.text, index), "optional") : code(call("at", of.text, index));
}

function logic(node: ASTNode, scope: Scope): Code | undefined {
  if (node.op === "!_") return code(`!${bool(node.args, scope)}`, "bool");
  if (node.op === "&&" || node.op === "||")
    return code(`(${bool(node.args[0], scope)}${node.op}${bool(node.args[1], scope)})`, "bool");
  if (node.op !== "?:") return undefined;
  const [condition, yes, no] = node.args;
  const [a, b] = [value(yes, scope), value(no, scope)];
  return code(`(${bool(condition, scope)}?${a.text}:${b.text})`, a.type === b.type ? a.type : "other");
}

/** What stands for an operator: a function of the runtime, negated for its opposite. */
const operators = {
  "==": { name: "eq", opposite: false },
  "!=": { name: "eq", opposite: true },
  "<": { name: "lt", opposite: false },
  ">=": { name: "lt", opposite: true },
  "<=": { name: "le", opposite: false },
  ">": { name: "le", opposite: true },
  in: { name: "isIn", opposite: false },
} as const;

function operation(node: ASTNode, scope: Scope): Code | undefined {
  if (node.op === "call") return functionCall(node.args[0], node.args[1], scope);
  if (node.op === "rcall") return methodCall(node.args[0], node.args[1], node.args[2], scope);
  if (node.op === "+" || node.op === "-" || node.op === "*") return arithmetic(node.op, node.args, scope);
  if (!isOperator(node)) return undefined;
  const { name, opposite } = operators[node.op];
  const [a, b] = node.args;
  if (name === "eq" && a.op === "call" && a.args[0] === "type" && b.op === "id") {
    return code(`${opposite ? "!" : ""}${typeCheck(a.args[1], b.args, scope)}`, "bool");
  }
  return code(`${opposite ? "!" : ""}${call(name, value(a, scope).text, value(b, scope).text)}`, "bool");
}

/** `type(value) == string` and the like; the types of numbers are the interpreter's. */
function typeCheck([of, ...more]: readonly ASTNode[], type: string, scope: Scope): string {
  const check = types.find((each) => each.type === type)?.check;
  if (of === undefined || more.length > 0 || check === undefined) throw new NotGenerated();
  return call(check, value(of, scope).text);
}

const types = [
  { type: "string", check: "isString" },
  { type: "bool", check: "isBool" },
  { type: "list", check: "isList" },
  { type: "map", check: "isMap" },
] as const satisfies readonly { type: string; check: keyof typeof runtime }[];

// A number in an object is a double to cel-js, so only what is an int in any case is calculated.
function arithmetic(op: "+" | "-" | "*", [left, right]: readonly [ASTNode, ASTNode], scope: Scope): Code {
  const [a, b] = [value(left, scope), value(right, scope)];
  if (a.type === "int" && b.type === "int") return code(call("int64", `${a.text}${op}${b.text}`), "int");
  if (op !== "+") throw new NotGenerated();
  return code(call("add", a.text, b.text));
}

type Operation = Extract<ASTNode, { readonly op: keyof typeof operators }>;

function isOperator(node: ASTNode): node is Operation {
  return node.op in operators;
}

function constant(found: unknown): Code {
  if (typeof found === "string") return code(literal(found));
  if (typeof found === "boolean") return code(String(found), "bool");
  const number = typeof found === "bigint" ? Number(found) : found;
  if (typeof number !== "number" || Math.abs(number) > Number.MAX_SAFE_INTEGER) throw new NotGenerated();
  return code(String(number), typeof found === "bigint" ? "int" : "other");
}

function negative(node: ASTNode): Code {
  if (node.op !== "value" || typeof node.args !== "bigint") throw new NotGenerated();
  return code(`-${constant(node.args).text}`, "int");
}

function variable(name: string, { variables, bound }: Scope): Code {
  // The `$` keeps names of macros apart from what generated code itself uses.
  if (bound.has(name)) return code(`$${name}`);
  if (!parameterNames.some((each) => each === name)) throw new NotGenerated();
  variables.add(name);
  return code(name);
}

function field(op: "." | ".?", [of, key]: readonly [ASTNode, string], scope: Scope): Code {
  const target = generated(of, scope);
  const inherited = key in Object.prototype;
  if (op === ".?" || target.type === "optional") {
    return code(call(inherited ? "optOwn" : "opt", target.text, literal(key)), "optional");
  }
  return code(call(inherited ? "getOwn" : "get", target.text, literal(key)));
}

function functionCall(name: string, args: readonly ASTNode[], scope: Scope): Code {
  const [argument, ...more] = args;
  if (argument === undefined || more.length > 0) throw new NotGenerated();
  if (name === "has") {
    if (argument.op !== ".") throw new NotGenerated();
    return code(call("has", value(argument.args[0], scope).text, literal(argument.args[1])), "bool");
  }
  if (name !== "size" && name !== "int" && name !== "string" && name !== "cidr" && name !== "quantity")
    throw new NotGenerated();
  return code(call(name, value(argument, scope).text), name === "size" || name === "int" ? "int" : "other");
}

/** Methods with as many arguments as generated code may pass, and what they return. */
const methods = {
  startsWith: { name: "startsWith", arity: [1], type: "bool" },
  endsWith: { name: "endsWith", arity: [1], type: "bool" },
  contains: { name: "contains", arity: [1], type: "bool" },
  matches: { name: "matches", arity: [1], type: "bool" },
  containsCIDR: { name: "containsCidr", arity: [1], type: "bool" },
  prefixLength: { name: "prefixLength", arity: [0], type: "int" },
  isGreaterThan: { name: "isGreaterThan", arity: [1], type: "bool" },
  size: { name: "size", arity: [0], type: "int" },
  indexOf: { name: "indexOf", arity: [1], type: "int" },
  distinct: { name: "distinct", arity: [0], type: "other" },
  substring: { name: "substring", arity: [1, 2], type: "other" },
  lowerAscii: { name: "lowerAscii", arity: [0], type: "other" },
  upperAscii: { name: "upperAscii", arity: [0], type: "other" },
  trim: { name: "trim", arity: [0], type: "other" },
  split: { name: "split", arity: [1], type: "other" },
  replace: { name: "replace", arity: [2], type: "other" },
  find: { name: "find", arity: [1], type: "other" },
  findAll: { name: "findAll", arity: [1], type: "other" },
  join: { name: "join", arity: [0, 1], type: "other" },
} as const satisfies Readonly<
  Record<string, { name: keyof typeof runtime; arity: readonly number[]; type: Exclude<Type, "optional"> }>
>;

const macros = ["all", "exists", "filter", "map"] as const;

function methodCall(name: string, of: ASTNode, args: readonly ASTNode[], scope: Scope): Code {
  if (name === "orValue" || name === "hasValue") return optionalCall(name, of, args, scope);
  if (name === "sum") return sum(value(of, scope), args);
  const macro = macros.find((each) => each === name);
  if (macro !== undefined) return macroCall(macro, of, args, scope);
  const method = Object.entries(methods).find(([each]) => each === name)?.[1];
  if (method === undefined || !method.arity.some((arity) => arity === args.length)) throw new NotGenerated();
  const texts = [of, ...args].map((each) => value(each, scope).text);
  return code(call(method.name, ...texts), method.type);
}

function sum(of: Code, args: readonly ASTNode[]): Code {
  if (of.type !== "ints" || args.length > 0) throw new NotGenerated();
  return code(call("sum", of.text), "int");
}

function optionalCall(name: "orValue" | "hasValue", of: ASTNode, [otherwise]: readonly ASTNode[], scope: Scope): Code {
  const target = generated(of, scope);
  if (target.type !== "optional") throw new NotGenerated();
  if (name === "hasValue") return code(`(${target.text}!==undefined)`, "bool");
  if (otherwise === undefined) throw new NotGenerated();
  // Never null: an optional null is left to the interpreter.
  return code(`(${target.text}??${value(otherwise, scope).text})`);
}

function macroCall(
  name: (typeof macros)[number],
  of: ASTNode,
  [variable, body, ...more]: readonly ASTNode[],
  scope: Scope,
): Code {
  if (variable?.op !== "id" || body === undefined || more.length > 0) throw new NotGenerated();
  const inner = { ...scope, bound: new Set([...scope.bound, variable.args]) };
  const over = (step: string, type: Type): Code =>
    code(call(name, value(of, scope).text, `($${variable.args})=>${step}`), type);
  if (name !== "map") return over(bool(body, inner), name === "filter" ? "other" : "bool");
  const element = value(body, inner);
  return over(element.text, element.type === "int" ? "ints" : "other");
}
