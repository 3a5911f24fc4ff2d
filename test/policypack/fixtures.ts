import { asObject, type Json, type JsonObject } from "../../lib/json";
import { containerTypes, type ContainerType } from "../../policypack/engine/workload";

/** What a fragment is put into. */
export interface Company {
  /** The lists of a pod spec whose containers the rule judges. */
  readonly slots: readonly ContainerType[];
  /** A container that the rule allows, beside an init or ephemeral one. */
  readonly beside: JsonObject;
}

/**
 * The objects that each document of a fixture stands for (policypack/rules/README.md, "Fixtures"). A document is an object
 * in full, a change of the object in full above it, or, where only a container or a pod is judged, that fragment, which
 * stands for an object of each kind that can hold it.
 */
export function expanded(documents: readonly Json[], company: Company): JsonObject[][] {
  let base: JsonObject | undefined;
  return documents.map((raw, index) => {
    const document = asObject(raw);
    if (document === undefined) throw new Error(`document ${index}: is no mapping`);
    const { change, container, pod } = document;
    if (container !== undefined) {
      const slots = document["in"] === undefined ? company.slots : slotsOf(document["in"]);
      return containerHolders(own(container, "container"), { ...company, slots });
    }
    if (pod !== undefined) return podHolders(own(pod, "pod"), asObject(document["metadata"]) ?? {});
    if (change === undefined) return [(base = document)];
    if (base === undefined) throw new Error(`document ${index}: has no object in full above it to change`);
    return [changed(base, own(change, "change"))];
  });
}

function own(value: Json, what: string): JsonObject {
  const object = asObject(value);
  if (object === undefined) throw new Error(`${what}: is no mapping`);
  return object;
}

function slotsOf(value: Json): readonly ContainerType[] {
  if (!Array.isArray(value)) throw new Error("in: is no list");
  return containerTypes.filter((slot) => value.includes(slot));
}

/** Each kind that holds pods, around a pod template: one of every shape, and of every life span. */
const holders: readonly ((template: JsonObject) => JsonObject)[] = [
  (template) => ({
    apiVersion: "v1",
    kind: "Pod",
    ...template,
    metadata: { ...asObject(template["metadata"]), name: "held" },
  }),
  (template) => workload("apps/v1", "Deployment", template),
  (template) => workload("apps/v1", "StatefulSet", template, { serviceName: "held" }),
  (template) => workload("apps/v1", "DaemonSet", template),
  (template) => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "held" },
    spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: ending(template) } } },
  }),
];

function workload(apiVersion: string, kind: string, template: JsonObject, more: JsonObject = {}): JsonObject {
  const { labels } = asObject(template["metadata"]) ?? {};
  const spec = { ...more, selector: { matchLabels: labels }, template };
  return { apiVersion, kind, metadata: { name: "held" }, spec };
}

function ending(template: JsonObject): JsonObject {
  return { ...template, spec: { restartPolicy: "Never", ...asObject(template["spec"]) } };
}

const IMAGE = "registry.example/app:1.2.3";

const templateOf = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  metadata: { ...metadata, labels: { app: "held", ...asObject(metadata["labels"]) } },
  spec,
});

/** The container alone in a pod, or beside one that is allowed. */
function containerHolders(fragment: JsonObject, { slots, beside: allowed }: Company): JsonObject[] {
  const container = { name: "judged", image: IMAGE, ...fragment };
  const beside = { image: IMAGE, ...allowed, name: "beside" };
  const specOf = (slot: ContainerType): JsonObject =>
    slot === "containers" ? { containers: [container] } : { containers: [beside], [slot]: [container] };
  return slots.flatMap((slot) => holders.map((hold) => hold(templateOf(specOf(slot)))));
}

function podHolders(spec: JsonObject, metadata: JsonObject): JsonObject[] {
  const containers = spec["containers"] ?? [{ name: "held", image: IMAGE }];
  return holders.map((hold) => hold(templateOf({ ...spec, containers }, metadata)));
}

/**
 * The object with values put at JSON pointers (RFC 6901), or taken away where they are null. In a list, `+` adds a list of
 * elements to its end, and an element with a name can be called by it.
 */
export function changed(object: JsonObject, change: JsonObject): JsonObject {
  const result = Object.entries(change).reduce<Json>(
    (value, [pointer, to]) => put(value, pointerSteps(pointer), to ?? null),
    object,
  );
  return own(result, "the object");
}

function pointerSteps(pointer: string): readonly string[] {
  if (!pointer.startsWith("/")) throw new Error(`${pointer}: is no JSON pointer; it begins with "/"`);
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function put(value: Json | undefined, [step = "", ...rest]: readonly string[], to: Json): Json {
  if (isList(value)) return putInList(value, step, rest, to);
  const fields = own(value ?? {}, step);
  if (rest.length > 0) return { ...fields, [step]: put(fields[step], rest, to) };
  return to === null
    ? Object.fromEntries(Object.entries(fields).filter(([key]) => key !== step))
    : { ...fields, [step]: to };
}

function putInList(list: readonly Json[], step: string, rest: readonly string[], to: Json): Json {
  if (step === "+") {
    if (!isList(to)) throw new Error("+: adds a list of elements");
    return [...list, ...to];
  }
  const index = /^\d+$/.test(step) ? Number(step) : list.findIndex((element) => elementName(element) === step);
  if (index < 0 || index >= list.length) throw new Error(`${step}: no element of the list is called so`);
  return list.flatMap((element, at) => {
    if (at !== index) return [element];
    if (rest.length > 0) return [put(element, rest, to)];
    return to === null ? [] : [to];
  });
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** `name` of a container, `metadata.name` of an object in a List. */
export function elementName(element: Json): string | undefined {
  const object = asObject(element);
  const name = asObject(object?.["metadata"])?.["name"] ?? object?.["name"];
  return typeof name === "string" ? name : undefined;
}

/** The first container of a file of good ones that may stand among a pod's main containers. */
export function allowedContainer(good: readonly Json[]): JsonObject {
  for (const document of good) {
    const { container, in: slots } = asObject(document) ?? {};
    if (container !== undefined && (slots === undefined || slotsOf(slots).includes("containers"))) {
      return own(container, "container");
    }
  }
  return {};
}
