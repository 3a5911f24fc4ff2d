/** JSON as Kubernetes objects are made of, and total readers for it: a wrong type reads as absent. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The value as an object, or undefined where it is anything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a list; anything else is the empty list. */
export function asList(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The objects among the elements of a list. */
export function asObjects(value: Json | undefined): readonly JsonObject[] {
  return asList(value).filter(isObject);
}

/** The value as a string, or undefined where it is anything else. */
export function asString(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value behind a chain of keys, or undefined where a step is missing. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const key of keys) {
    current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  }
  return current;
}

/** The string values of a map such as labels; others are left out. */
export function stringMap(value: Json | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value) ?? {});
  return Object.fromEntries(entries.flatMap(([key, entry]) => (typeof entry === "string" ? [[key, entry]] : [])));
}
