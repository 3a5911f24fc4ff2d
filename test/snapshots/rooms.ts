import { isList, isObject, treeOf, type Json, type JsonObject } from "./tree";
import type { Whole } from "./stack";

/** A whole stack, cut by room: path of the file without its ending, and what stands in it. */
export type Rooms = ReadonlyMap<string, Json>;

/** Parts of an operator's plan that have a file of their own; everything else stands in `operator`. */
const operatorFiles: Readonly<Record<string, readonly string[]>> = {
  chart: ["chart", "controllerOwned", "patches"],
  exemptions: ["exemptions"],
  flows: ["flows", "monitors"],
  objects: ["secrets", "before", "after"],
};

/** How the fields of the plan are cut. One without an entry is a room of its own, so a new field is never left out. */
const cuts: Readonly<Record<string, (value: Json) => [string, Json][]>> = {
  suite: (namespaces) => objects(namespaces).map((each) => [`suite/${text(each["app"])}`, each]),
  operators: (steps) => objects(steps).flatMap(operatorRooms),
  rules: (policies) => grouped(policies, (policy) => `rules/${policyName(policy)}`),
  monitoring: (all) => grouped(all, ({ kind }) => `monitoring/${text(kind).toLowerCase()}`),
  guards: (policies) => grouped(policies, (policy) => `guards/${policyName(policy)}`),
  admission: (policies) => grouped(policies, (policy) => `admission/${policyName(policy)}`),
};

/**
 * Everything of the stack, nothing twice, nothing left out: what is in no known room gets one under its own name.
 *
 * @throws an Error when the plan holds what is not data, or two things have one place.
 */
export function roomsOf({ plan, ...rest }: Whole): Rooms {
  const rooms = new Map<string, Json>();
  const put = (room: string, content: Json): void => {
    if (rooms.has(room)) throw new Error(`two things stand in the room ${room} of the snapshot`);
    rooms.set(room, content);
  };
  for (const [field, value] of Object.entries(plan)) {
    for (const [room, content] of cut(field, treeOf(value, field))) put(room, content);
  }
  for (const [name, value] of Object.entries(rest)) put(name, treeOf(value, name));
  put("order", {
    operators: plan.operators.map(({ plan: { operator } }) => operator),
    suite: plan.suite.map(({ app }) => app),
  });
  return rooms;
}

/** A part of the plan that is the same as before is not cut again: the law on leaves asks for thousands of plans. */
function cut(field: string, tree: Json): readonly (readonly [string, Json])[] {
  if (!isList(tree)) return [[field, tree]];
  const known = cutBefore.get(tree) ?? cuts[field]?.(tree) ?? [[field, tree]];
  cutBefore.set(tree, known);
  return known;
}

const cutBefore = new WeakMap<object, readonly (readonly [string, Json])[]>();

function operatorRooms(step: JsonObject): [string, Json][] {
  const { plan, namespaces = [], ...rest } = step;
  if (!isObject(plan)) throw new Error("a step of plan.operators has no plan");
  const folder = `operators/${text(plan["operator"])}`;
  const apart = new Set(Object.values(operatorFiles).flat());
  const files = Object.entries(operatorFiles).map(([file, fields]): [string, Json] => [
    `${folder}/${file}`,
    picked(plan, (field) => fields.includes(field)),
  ]);
  return [
    [`${folder}/operator`, { ...rest, plan: picked(plan, (field) => !apart.has(field)) }],
    [`${folder}/namespaces`, namespaces],
    ...files,
  ];
}

const picked = (object: JsonObject, wanted: (field: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([field]) => wanted(field)));

const objects = (value: Json | undefined): readonly JsonObject[] => {
  if (!isList(value)) throw new Error("is not a list, which its room asks for");
  return value.map((item) => {
    if (!isObject(item)) throw new Error("holds what is no object, which its room asks for");
    return item;
  });
};

const text = (value: Json | undefined): string => {
  if (typeof value !== "string")
    throw new Error(`${JSON.stringify(value)} names a room of the snapshot and is not text`);
  return value;
};

function grouped(value: Json, room: (object: JsonObject) => string): [string, Json][] {
  const groups = new Map<string, JsonObject[]>();
  for (const object of objects(value)) {
    const name = room(object);
    groups.set(name, [...(groups.get(name) ?? []), object]);
  }
  return [...groups];
}

/** A binding stands beside its policy. */
function policyName({ metadata, spec }: JsonObject): string {
  const policy = isObject(spec) ? spec["policyName"] : undefined;
  const own = isObject(metadata) ? metadata["name"] : undefined;
  return text(policy ?? own).replace(/^mijnbureau-platform-/, "");
}
