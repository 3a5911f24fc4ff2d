import { createHash } from "node:crypto";
import { asObject, asString, at } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { unlessUnknown } from "../../lib/unknown";
import type { Variables } from "./cel/expression";
import { describe } from "./cel/expression";
import type { CompiledRule } from "./compiled";
import { judgeRule } from "./verdict";

/**
 * What about a subject violates a rule, value by value, so that two findings of one rule can be told apart: what the
 * rule names itself, else those elements of the judged list or map that violate it alone. An image counts by its
 * repository: the next version of one that is known is no worse.
 */
export function offenders(rule: CompiledRule, variables: Variables, minor: number): readonly string[] {
  const found = [...valuesOf(rule, variables, minor), ...selected(rule, variables)];
  return rule.id.startsWith("images/") ? found.map((value) => value.replace(TAG_OR_DIGEST, "")) : found;
}

const TAG_OR_DIGEST = /(:[^/:@]+)?(@[^/@]+)?$/;

/** Whose traffic a network policy is about: one that takes more pods is worse, whatever it lets through. */
function selected(rule: CompiledRule, variables: Variables): readonly string[] {
  if (!rule.id.startsWith("network/")) return [];
  return SELECTORS.flatMap((field) => {
    const selector = unlessUnknown(() => at(asObject(variables.object), "spec", field), undefined);
    return selector === undefined ? [] : [`${field} ${hashOf(selector)}`];
  });
}

/** In policies of Kubernetes, Cilium, Calico and for administrators. */
const SELECTORS = ["podSelector", "endpointSelector", "nodeSelector", "selector", "namespaceSelector", "subject"];

function hashOf(value: Json): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

function valuesOf(rule: CompiledRule, variables: Variables, minor: number): readonly string[] {
  const detail = rule.detail();
  const text = detail === undefined ? undefined : describe(detail, variables, rule.params);
  if (text !== undefined && text !== "") return text.split(", ");
  const path = rule.definition.field?.split(".") ?? [];
  const [root, subject] = rootOf(rule, variables);
  const value = subject === undefined ? undefined : unlessUnknown(() => at(subject, ...path), undefined);
  if (subject === undefined || value === undefined) return [];
  const violates = (single: Json): boolean => {
    const changed = { ...variables, [root]: replaced(subject, path, single) };
    return unlessUnknown(() => judgeRule(rule, changed, minor) === false, false);
  };
  return unlessUnknown(() => parts(value, violates, rule.id.startsWith("secrets/")), []);
}

function rootOf(
  { definition }: CompiledRule,
  variables: Variables,
): readonly [keyof Variables, JsonObject | undefined] {
  const root = definition.subject === "container" ? "container" : definition.subject === "pod" ? "pod" : "object";
  return [root, asObject(variables[root])];
}

function replaced(object: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return asObject(value) ?? object;
  const child = rest.length === 0 ? value : replaced(asObject(object[key]) ?? {}, rest, value);
  return { ...object, [key]: child };
}

function parts(value: Json, violates: (single: Json) => boolean, secret: boolean): readonly string[] {
  // Where nothing violates it too, something lacks, and what is there is not what is wrong.
  if (typeof value === "object" && value !== null && violates(isList(value) ? [] : {})) return [];
  if (isList(value)) return value.filter((each) => violates([each])).map((each) => named(each, secret));
  const object = asObject(value);
  if (object === undefined) return [named(value, secret)];
  return Object.entries(object)
    .filter(([key, each]) => each !== undefined && violates({ [key]: each }))
    .flatMap(([key, each = null]) => {
      if (secret && typeof each !== "object") return key;
      const inner = parts(each, (single) => violates({ [key]: single }), secret);
      return (inner.length === 0 ? [named(each, secret)] : inner).map((text) => `${key}=${text}`);
    });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Longest text that stands for itself. */
const SHORT = 60;

/** An element by its name and content; of what may be a secret only the name, or the flag before it. */
function named(value: Json, secret: boolean): string {
  const name = asString(asObject(value)?.["name"]);
  if (secret) return name ?? /^-[\w.-]+(?==)/.exec(asString(value) ?? "")?.[0] ?? "";
  if (typeof value !== "object" && String(value).length <= SHORT) return String(value);
  const hash = hashOf(value);
  return name === undefined ? hash : `${name} ${hash}`;
}
