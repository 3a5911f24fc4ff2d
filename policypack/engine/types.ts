import { PARTIAL } from "./cel/known-first";
import { copyOf, patched } from "./defaults";
import { asObject, asString } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { groupKind } from "../../lib/kinds";
import { fieldsOf, typeOf } from "./served";
import type { FieldType } from "./served";
import { unlessUnknown, WrongType } from "../../lib/unknown";
import { namedFields, podTemplatePaths } from "./workload";

/**
 * The object with every value of a wrong type (`runAsUser: "0"`, `privileged: "true"`) replaced by one that tells so when
 * it is read. The API server refuses such an object; a rule that compares the text with a number would pass it.
 */
export function typed(object: JsonObject): JsonObject {
  return unlessUnknown(() => {
    const type = typeOf(asString(object["apiVersion"]) ?? "", asString(object["kind"]) ?? "");
    if (type !== undefined) return checkFields(object, type, "");
    const path = podTemplatePaths[groupKind(object)];
    return path === undefined ? object : checkTemplate(object, path, "");
  }, object);
}

function checkTemplate(object: JsonObject, path: readonly string[], at: string): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return checkFields(object, "PodTemplateSpec", at);
  const child = asObject(valueOf(object, key));
  if (child === undefined) return object;
  const checked = checkTemplate(child, rest, join(at, key));
  return checked === child ? object : patched(object, { [key]: checked });
}

/** The values of an object of a type of the table. */
export function checkFields(object: JsonObject, type: string, path: string): JsonObject {
  const fields = fieldsOf(type);
  // What a part of a known kind names was checked before it was opened; its keys cannot be listed.
  if (fields === undefined || namedFields(object) !== object) return object;
  let copy: JsonObject | undefined;
  for (const key of Object.keys(object)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined) continue;
    copy = changed(copy, object, key, { type: field, path: join(path, key) });
  }
  return copy ?? object;
}

interface Place {
  readonly type: FieldType;
  readonly path: string;
}

function changed(copy: JsonObject | undefined, object: JsonObject, key: string, place: Place): JsonObject | undefined {
  const value = valueOf(object, key);
  if (value === undefined) return copy;
  const after = checkValue(value, place);
  if (after === value) return copy;
  const target = copy ?? patched(object, {});
  return after === undefined ? hidden(target, key, wrong(value, place)) : patched(target, { [key]: after });
}

/** The value, its parts checked; undefined where it is of the wrong type itself. */
function checkValue(value: Json, { type, path }: Place): Json | undefined {
  switch (type) {
    case "any":
      return value;
    case "boolean":
    case "string":
    case "number":
      return typeof value === type ? value : undefined;
    case "integer":
      return typeof value === "number" && Number.isInteger(value) ? value : undefined;
    default:
      return checkStructure(value, type, path);
  }
}

function checkStructure(value: Json, type: FieldType, path: string): Json | undefined {
  if (value === null) return value;
  const rest = type.slice(1);
  if (type.startsWith("[")) return Array.isArray(value) ? checkList(value, rest, path) : undefined;
  const object = asObject(value);
  if (object === undefined) return undefined;
  if (type.startsWith("#")) return checkFields(object, rest, path);
  if (rest === "any") return object;
  let copy: JsonObject | undefined;
  for (const key of Object.keys(object)) copy = changed(copy, object, key, { type: rest, path: join(path, key) });
  return copy ?? object;
}

function checkList(list: readonly Json[], type: FieldType, path: string): readonly Json[] {
  if (type === "any") return list;
  let copy: Json[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const value = unlessUnknown(() => list[index], undefined);
    if (value === undefined) continue;
    const place = { type, path: `${path}[${index}]` };
    const after = checkValue(value, place);
    if (after === value) continue;
    copy ??= copyOf(list);
    if (after !== undefined) copy[index] = after;
    else {
      hidden(copy, index, wrong(value, place));
      Object.defineProperty(copy, PARTIAL, { value: true });
    }
  }
  return copy ?? list;
}

function valueOf(object: JsonObject, key: string): Json | undefined {
  return unlessUnknown(() => object[key], undefined);
}

function hidden<T extends object>(container: T, key: string | number, error: WrongType): T {
  const get = (): never => {
    throw error;
  };
  return Object.defineProperty(container, key, { configurable: true, enumerable: true, get });
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

const NEEDED: Readonly<Record<string, string>> = {
  boolean: "a boolean",
  integer: "a whole number",
  number: "a number",
  string: "text",
};

function wrong(value: Json, { type, path }: Place): WrongType {
  return new WrongType(
    `${path} is ${described(value, type)}, ${NEEDED[type] ?? (type.startsWith("[") ? "a list" : "a mapping")} is needed`,
  );
}

function described(value: Json, type: FieldType): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  // What should be text, or a list or mapping with texts, may be a secret.
  const isPlain = type === "boolean" || type === "integer" || type === "number";
  const shown = !isPlain || String(value).length > 40 ? "" : ` (${JSON.stringify(value)})`;
  if (typeof value === "string") return `text${shown}`;
  return typeof value === "boolean" ? `a boolean${shown}` : `a number${shown}`;
}
