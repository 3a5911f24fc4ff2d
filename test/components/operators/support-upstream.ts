import assert from "node:assert/strict";
import { planOperators, type PlannedOperator } from "../../../components/operators/frame/stack";
import type { OperatorSettings } from "../../../config/load";
import { operatorSettings } from "../../../components/operators/frame/settings";
import type { JsonObject } from "../../../components/operators/frame/manifest";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { everything, facts } from "./support";

/** What an operator comes down to with everything on. */
export function plannedWith(operator: string, settings: OperatorSettings = everything): PlannedOperator {
  const parsed = operatorSettings(settings);
  assert.ok(parsed.success);
  const found = planOperators(parsed.data, facts).find(({ plan }) => plan.operator === operator);
  assert.ok(found !== undefined, operator);
  return found;
}

export const planWith = (operator: string, settings?: OperatorSettings): OperatorPlan =>
  plannedWith(operator, settings).plan;

export function valuesOf(operator: string, settings?: OperatorSettings): JsonObject {
  const values = planWith(operator, settings).chart?.values;
  assert.ok(values !== undefined, operator);
  return values;
}

/** Paths of every key of a value: `a`, `a.b`; items of a list as `a[].b`. */
export function keyPaths(value: unknown, prefix = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item: unknown) => keyPaths(item, `${prefix}[]`)))];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return [path, ...keyPaths(inner, path)];
  });
}

/** A value below a path of keys. */
export function below(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (typeof inner !== "object" || inner === null) return undefined;
    return Object.entries(inner).find(([name]) => name === key)?.[1];
  }, value);
}
