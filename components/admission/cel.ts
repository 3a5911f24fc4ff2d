import type { Json, JsonObject } from "../../lib/json";

/** A string as a CEL literal. JSON's escapes are CEL's. */
export function text(value: string): string {
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A JSON value as a CEL literal; values of maps are dyn, because the API server wants literals of one type. */
export function literal(value: Json): string {
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(literal).join(", ")}]`;
  const entries = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${text(key)}: dyn(${literal(each)})`],
  );
  return `{${entries.join(", ")}}`;
}

/** A text in CEL, with what is escaped in it. */
const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/;

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether an expression reads a variable, string literals aside. */
export function reads(expression: string, variable: string): boolean {
  const code = expression.replaceAll(new RegExp(LITERAL, "g"), "''");
  return new RegExp(`(?<![\\w.?])${variable}\\b`).test(code);
}

/**
 * The expression with the texts among the parameters in the place of their names. The API server compiles a regular
 * expression once where it is a literal, and at every evaluation where it is the value of a variable (cel-go,
 * interpreter.CompileRegexConstants).
 */
export function inlineTexts(expression: string, params: JsonObject): string {
  const parts = new RegExp(`${LITERAL.source}|(?<![\\w.?])params\\.(\\w+)`, "g");
  return expression.replaceAll(parts, (found: string, name: string | undefined) => {
    const value = name === undefined ? undefined : params[name];
    return typeof value === "string" ? text(value) : found;
  });
}

/**
 * A bool expression in which `name` stands for `value`. The API server's CEL has no `cel.bind`; a list of one
 * does the same.
 */
export function bind(name: string, value: string, expression: string): string {
  return reads(expression, name) ? `[${value}].exists(${name}, ${expression})` : expression;
}

/** A bool expression that matches a pattern in which `*` stands for any run of characters. */
export function like(value: string, pattern: string): string {
  if (!pattern.includes("*")) return `${value} == ${text(pattern)}`;
  const expression = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return `${value}.matches(${text(`^${expression.join(".*")}$`)})`;
}
