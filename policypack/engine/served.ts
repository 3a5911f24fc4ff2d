import { distance } from "fastest-levenshtein";
import { groupOf } from "../../lib/kinds";
import { kubernetesApiJson } from "./kubernetes-api";
import { nearest } from "../../lib/nearest";

interface Table {
  readonly version: string;
  /** The kinds of each "group/version", with the name of their type. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The types of fields, by the name of what has them: see `FieldType`. */
  readonly types: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
}

/** "boolean", "integer", "number", "string" or "any"; `#Name` is a type of the table, `[…` a list and `{…` a map of one. */
export type FieldType = string;

let read: Table | undefined;

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && "kinds" in value && "types" in value && "version" in value;
}

// Read when first asked for: most of what a start would cost.
function table(): Table {
  if (read !== undefined) return read;
  const parsed: unknown = JSON.parse(kubernetesApiJson);
  if (!isTable(parsed)) throw new Error("policypack/engine/kubernetes-api.ts holds no table; write it anew");
  return (read = parsed);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

let groups: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** The built-in groups with their kinds. */
function kindsByGroup(): ReadonlyMap<string, ReadonlySet<string>> {
  if (groups !== undefined) return groups;
  const found = new Map<string, Set<string>>();
  for (const [apiVersion, kinds] of Object.entries(table().kinds)) {
    const group = found.get(groupOf(apiVersion)) ?? new Set<string>();
    for (const kind of Object.keys(kinds)) group.add(kind);
    found.set(groupOf(apiVersion), group);
  }
  // Served until Kubernetes 1.21; of it only versions that are gone are left.
  found.set("extensions", new Set());
  return (groups = found);
}

/** Whether Kubernetes itself has the kind, in some version of the group. `name` is as in "apps/Deployment". */
export function isBuiltIn(group: string, kind: string): boolean {
  return kindsByGroup().get(group)?.has(kind) === true;
}

/** The fields of a type; undefined where it has none of its own. */
export function fieldsOf(type: string): Readonly<Record<string, FieldType>> | undefined {
  return own(table().types, type);
}

/** The type of an object, for a version that is not served that of another one of the same group. */
export function typeOf(apiVersion: string, kind: string): string | undefined {
  const exact = own(own(table().kinds, apiVersion), kind);
  if (exact !== undefined) return exact;
  const group = groupOf(apiVersion);
  const others = Object.entries(table().kinds).filter(([other]) => groupOf(other) === group || group === "extensions");
  for (const [, kinds] of others.reverse()) {
    const found = own(kinds, kind);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Kinds that files hold and no API serves: kubeconfig, skaffold's configuration, and what OpenShift had without a group.
 */
const NOT_SERVED_BY_RIGHT: ReadonlySet<string> = new Set([
  "Config",
  ...["BuildConfig", "DeploymentConfig", "ImageStream", "Project", "Route", "SecurityContextConstraints", "Template"],
]);

/** Groups of the same name as built-in ones but for what marks them as somebody else's. */
const OTHERS = /(^|\.)(x|sigs|x-k8s|experimental)[.-]/;

const reasons = new Map<string, string | undefined>();

/** Why no API server takes an object of this kind, with the near match; undefined where one may. */
export function unserved(apiVersion = "", kind: string): string | undefined {
  // Remembered: a look for near matches takes as long as judging an object.
  const key = `${apiVersion} ${kind}`;
  if (!reasons.has(key)) reasons.set(key, whyUnserved(apiVersion, kind));
  return reasons.get(key);
}

function whyUnserved(apiVersion: string, kind: string): string | undefined {
  if (apiVersion === "") return withoutVersion(kind);
  const group = groupOf(apiVersion);
  if (NOT_SERVED_BY_RIGHT.has(kind) && (group === "" || group === "skaffold")) return undefined;
  const known = kindsByGroup().get(group);
  if (known !== undefined) return inBuiltInGroup(apiVersion, kind, known);
  if (!group.includes(".")) {
    const near = nearest(group, [...kindsByGroup().keys()]);
    return `has the API group ${group}, which nobody serves: groups of custom resources have a dot${did(near ?? groupWith(kind))}`;
  }
  const meant = OTHERS.test(group) ? undefined : misspeltGroup(group, kind);
  return meant === undefined ? undefined : `has the API group ${group}, which does not have ${kind}${did(meant)}`;
}

function did(near: string | undefined): string {
  return near === undefined ? "" : `; did you mean ${near === "" ? "v1" : near}?`;
}

function withoutVersion(kind: string): string | undefined {
  const group = groupWith(kind);
  if (group === undefined) return undefined;
  return `has no apiVersion${did(versionsOf(group, kind).at(-1))}`;
}

function groupWith(kind: string): string | undefined {
  for (const [group, kinds] of kindsByGroup()) if (kinds.has(kind)) return group;
  return undefined;
}

function versionsOf(group: string, kind: string): readonly string[] {
  const found = Object.entries(table().kinds).filter(([each, kinds]) => groupOf(each) === group && kind in kinds);
  // A stable version last.
  return found.map(([each]) => each).sort((a, b) => b.length - a.length);
}

function inBuiltInGroup(apiVersion: string, kind: string, known: ReadonlySet<string>): string | undefined {
  if (own(own(table().kinds, apiVersion), kind) !== undefined) return undefined;
  if (kind.endsWith("List") && known.has(kind.slice(0, -"List".length))) return undefined;
  const group = groupOf(apiVersion);
  const what = `Kubernetes ${table().version} does not serve`;
  if (known.has(kind))
    return `has the apiVersion ${apiVersion}, in which ${what} ${kind}${did(versionsOf(group, kind).at(-1))}`;
  const near = nearest(kind, [...known]);
  if (near !== undefined) return `has the kind ${kind}, which ${what} in ${apiVersion}${did(near)}`;
  const elsewhere = groupWith(kind);
  const meant = elsewhere === undefined ? undefined : versionsOf(elsewhere, kind).at(-1);
  if (meant !== undefined) return `has the kind ${kind}, which ${what} in ${apiVersion}${did(meant)}`;
  const all = nearest(
    kind,
    [...kindsByGroup().values()].flatMap((kinds) => [...kinds]),
  );
  return `has the kind ${kind}, which ${what} in ${apiVersion}${did(all)}`;
}

/** The built-in group that has the kind and is spelt nearly like this one. */
function misspeltGroup(group: string, kind: string): string | undefined {
  const having = [...kindsByGroup()].filter(([, kinds]) => kinds.has(kind)).map(([each]) => each);
  const dotted = having.filter((each) => each.includes("."));
  const near = dotted.find((each) => distance(group, each) <= 2 || each.startsWith(`${group}.`));
  if (near !== undefined) return near;
  // Kubernetes' own domains, in which every group has a name.
  if (["k8s.io", "kubernetes.io"].includes(group)) return having[0];
  return group.endsWith(".k8s.io") && group.split(".").length === 3 ? dotted[0] : undefined;
}
