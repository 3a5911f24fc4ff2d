import { asList, asObject, asString } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { groupKind, groupOf } from "../../lib/kinds";
import { isShapeless, manifestsIn } from "./shape";
import { unlessUnknown } from "../../lib/unknown";

/** An object, with its place where it stands in another. */
export interface Item {
  readonly object: JsonObject;
  readonly path: readonly (string | number)[];
}

/** The Kubernetes objects of a value: itself, or what a list or an OpenShift template holds. Without a kind it is none. */
export function itemsOf(value: unknown, path: readonly (string | number)[] = []): readonly Item[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown, index) => itemsOf(each, [...path, index]));
  const object = asObject(value);
  if (object === undefined) return [];
  return unlessUnknown(() => inside(object, path), undefined) ?? [{ object, path }];
}

function inside(object: JsonObject, path: readonly (string | number)[]): readonly Item[] {
  const kind = asString(object["kind"]);
  if (kind === undefined || kind === "") return [];
  if (isTemplate(object, kind)) return membersOf(object["objects"], "objects", path);
  if (!kind.endsWith("List") || !Array.isArray(object["items"])) {
    const held = isShapeless(groupKind(object)) ? manifestsIn(object, path) : [];
    return held.length === 0
      ? [{ object, path }]
      : [{ object, path }, ...held.flatMap((each) => itemsOf(each.object, each.path))];
  }
  const items = asList(object["items"]).map((each) => withKind(each, object, kind));
  return membersOf(items, "items", path);
}

function membersOf(list: Json | undefined, key: string, path: readonly (string | number)[]): readonly Item[] {
  return asList(list).flatMap((each, index) => itemsOf(each, [...path, key, index]));
}

/** OpenShift's Template, with its group and in the groupless form of old manifests. */
function isTemplate(object: JsonObject, kind: string): boolean {
  const apiVersion = asString(object["apiVersion"]) ?? "";
  return (
    kind === "Template" &&
    (apiVersion === "v1" || groupOf(apiVersion) === "template.openshift.io") &&
    Array.isArray(object["objects"])
  );
}

// The items of a typed list such as PodList need not repeat apiVersion and kind.
function withKind(item: Json, list: JsonObject, kind: string): Json {
  const object = asObject(item);
  if (object === undefined || object["kind"] !== undefined || kind === "List") return item;
  return { apiVersion: list["apiVersion"], kind: kind.slice(0, -"List".length), ...object };
}
