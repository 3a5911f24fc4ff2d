import type { Engine, NamespaceContext } from "./engine";
import { readObject } from "./engine";
import { asObject, at } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import type { CompiledRule } from "./compiled";
import { isUnknownValue } from "./preview";
import { containerTypes } from "./workload";
import { groupKind } from "../../lib/kinds";
import { podTemplatePaths } from "./workload";

/**
 * An object with every rule of level `remediate` that it violates repaired, as far as the rule can. Returns the
 * same object where nothing is to be done; repairing twice changes nothing more.
 */
export function remediate(engine: Engine, raw: JsonObject, context: NamespaceContext): JsonObject {
  const object = readObject(raw, {}, isUnknownValue);
  if (object === undefined) return raw;
  const violated = new Set(
    engine.judge(object, context).flatMap((finding) => (finding.decision === "violated" ? [finding.rule] : [])),
  );
  const rules = engine.activeRules.filter((rule) => rule.level === "remediate" && violated.has(rule.id));
  return rules.reduce(repair, raw);
}

function repair(object: JsonObject, rule: CompiledRule): JsonObject {
  const { definition } = rule;
  const change = definition.remediate;
  if (change === undefined) return object;
  if (definition.subject === "object" || definition.subject === "workload") return change(object);
  const path = podTemplatePaths[groupKind(object)];
  if (path === undefined) return object;
  if (definition.subject === "pod") return changeAt(object, path, change);
  const lists = definition.containers ?? containerTypes;
  return lists.reduce(
    (result, list) => changeAt(result, [...path, "spec"], (spec) => changeItems(spec, list, change)),
    object,
  );
}

function changeItems(spec: JsonObject, list: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const items = spec[list];
  if (!Array.isArray(items)) return spec;
  const changed = items.map((item: Json) => {
    const container = asObject(item);
    return container === undefined ? item : change(container);
  });
  return { ...spec, [list]: changed };
}

function changeAt(object: JsonObject, path: readonly string[], change: (value: JsonObject) => JsonObject): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return change(object);
  const child = asObject(at(object, key));
  return child === undefined ? object : { ...object, [key]: changeAt(child, rest, change) };
}
