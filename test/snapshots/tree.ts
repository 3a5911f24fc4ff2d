import type { Json, JsonObject } from "../../lib/json";

export type { Json, JsonObject };
export type Leaf = string | number | boolean | null;

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Marks a text that is JSON and is kept as the tree it holds: a dashboard, a table inside an expression. */
export const JSON_TEXT = "(json)";

/**
 * The value as data, with the text of JSON opened. A field that is undefined is not there, as for Pulumi.
 *
 * @throws an Error that names what is not data: a function, a Map, a date.
 */
export function treeOf(value: unknown, path = ""): Json {
  if (typeof value === "string") return opened(value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  const known = typeof value === "object" ? trees.get(value) : undefined;
  if (known !== undefined) return known;
  const tree = newTree(value, path);
  if (typeof value === "object") trees.set(value, tree);
  return tree;
}

/** Plans are never written to, so what an object comes down to is found once. */
const trees = new WeakMap<object, Json>();

function newTree(value: unknown, path: string): Json {
  if (Array.isArray(value)) return value.map((item: unknown, index) => treeOf(item, `${path}[${index}]`));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const given = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(given.map(([key, item]) => [key, treeOf(item, `${path}.${key}`)]));
  }
  throw new Error(
    `${path}: is not plain data (${String(value)}); a plan holds text, numbers, booleans, lists, objects`,
  );
}

/** Only where the text can be made of the tree again: otherwise a difference in spaces would not be seen. */
function opened(text: string): Json {
  if (!/^[[{]/.test(text)) return text;
  try {
    const content: unknown = JSON.parse(text);
    return JSON.stringify(content) === text ? { [JSON_TEXT]: treeOf(content) } : text;
  } catch {
    return text;
  }
}

export function sameTree(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every((item, index) => sameTree(item, other[index]));
  }
  if (!isObject(one)) return Object.is(one, other);
  if (!isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => sameTree(one[key], other[key]));
}
