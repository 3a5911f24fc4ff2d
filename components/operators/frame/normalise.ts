import { kindOfToken } from "../../kubernetes-object";
import type { ChartPatch, ControllerOwned } from "./patch";
import type { Json, JsonObject } from "./manifest";

/** A resource as a transform sees it. */
export interface RegisteredObject {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

export interface Normalised {
  readonly props: Record<string, unknown>;
  readonly ignoreChanges: readonly string[];
  /** Deleting it would delete every object of its kind. */
  readonly retainOnDelete: boolean;
  /** What was left out, for the user to see. */
  readonly leftOut?: string;
}

export interface NormaliseOptions {
  readonly controllerOwned: readonly ControllerOwned[];
  readonly patches: readonly ChartPatch[];
  readonly simulatedNodes: boolean;
  /** What the stack changes of the operator's workloads; absent: nothing. */
  readonly overlay?: (object: RegisteredObject["props"], target: Target) => RegisteredObject["props"];
}

const roleKinds = new Set(["ClusterRole", "Role"]);
const webhookKinds = new Set(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]);

/**
 * An object of a chart as the stack registers it: patched where the chart has no value for it, without comparison of
 * the fields that a controller fills, and, on simulated nodes, with empty webhook configurations, because no pod would
 * answer and every object of their kinds would be refused. Idempotent; undefined where nothing changes.
 */
export function normalise({ type, props }: RegisteredObject, options: NormaliseOptions): Normalised | undefined {
  const target = targetOf({ type, props });
  const ignoreChanges = controllerFields(target, options.controllerOwned);
  const patches = options.patches.filter((entry) => concerns(entry, target));
  const empty = options.simulatedNodes && webhookKinds.has(target.kind);
  const retainOnDelete = target.kind === "CustomResourceDefinition";
  const merged = patches.reduce<Record<string, unknown>>((object, { patch }) => mergeObject(object, patch), {
    ...props,
  });
  // After the patches, which may leave a role of the chart nothing.
  const emptyRules = hasEmptyRules(target, merged);
  const patched = emptyRules ? withoutRules(merged) : merged;
  const changed = options.overlay?.(patched, target) ?? patched;
  const touched = [
    ignoreChanges.length > 0,
    patches.length > 0,
    changed !== patched,
    empty,
    retainOnDelete,
    emptyRules,
  ];
  if (!touched.includes(true)) return undefined;
  return {
    props: empty ? { ...changed, webhooks: [] } : { ...changed },
    ignoreChanges: empty ? [] : ignoreChanges,
    retainOnDelete,
    ...(empty ? { leftOut: `${target.kind} ${target.name}` } : {}),
  };
}

function hasEmptyRules({ kind }: Target, { rules }: RegisteredObject["props"]): boolean {
  return roleKinds.has(kind) && Array.isArray(rules) && rules.length === 0;
}

/** The API server keeps no empty list of rules, and what it does not keep would be added again by every `up`. */
function withoutRules(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(props).filter(([field]) => field !== "rules"));
}

export function targetOf({ type, props }: RegisteredObject): Target {
  return { kind: kindOfToken(type), name: nameOf(props) };
}

/** Kind and name of an object. */
export interface Target {
  readonly kind: string;
  readonly name: string;
}

/** Paths of an object's fields that belong to a controller. */
export function controllerFields(target: Target, owned: readonly ControllerOwned[]): string[] {
  return owned.filter((entry) => concerns(entry, target)).flatMap(({ fields }) => fields);
}

function concerns(entry: { readonly kind: string; readonly name?: string }, target: Target): boolean {
  return entry.kind === target.kind && (entry.name === undefined || entry.name === target.name);
}

function nameOf(props: Readonly<Record<string, unknown>>): string {
  const { metadata } = props;
  const name = typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
  return typeof name === "string" ? name : "";
}

/** As a strategic merge: maps field by field, lists of named things by name, everything else replaced. */
export function mergeObject(base: Readonly<Record<string, unknown>>, patch: JsonObject): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) merged[key] = mergeValue(base[key], value);
  return merged;
}

function mergeValue(base: unknown, patch: Json): unknown {
  if (isList(patch)) return isNamedList(base) && isNamedList(patch) ? mergeNamed(base, patch) : patch;
  if (typeof patch !== "object" || patch === null) return patch;
  return mergeObject(isRecord(base) ? base : {}, patch);
}

type Named = JsonObject & { readonly name: string };

function mergeNamed(base: readonly Named[], patch: readonly Named[]): unknown[] {
  const changed = base.map((item) =>
    patch.filter(({ name }) => name === item.name).reduce<Record<string, unknown>>(mergeObject, item),
  );
  const added = patch.filter(({ name }) => !base.some((item) => item.name === name));
  return [...changed, ...added];
}

function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

function isNamedList(value: unknown): value is readonly Named[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isRecord(item) && typeof item["name"] === "string")
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
