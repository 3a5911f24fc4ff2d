import { asList, asObject, at, type Json, type JsonObject } from "../../../lib/json";
import { groupKind } from "../../../lib/kinds";
import { podTemplatePaths } from "../../../policypack/engine/workload";
import { additionsFor, decidedBy, type Addition, type PodFacts } from "../../../components/admission/mutations/data";

const containerLists = ["initContainers", "containers", "ephemeralContainers"] as const;

interface Pod {
  readonly spec: JsonObject;
  readonly annotations: JsonObject;
}

/**
 * A pod, or the template of one, with the security-context fields that admission would add: for previews and scans
 * of manifests that admission repairs. Repairing twice changes nothing more.
 */
export function repairPod(pod: JsonObject, facts: PodFacts): JsonObject {
  const spec = asObject(pod["spec"]);
  if (spec === undefined || asObject(spec["os"])?.["name"] === "windows") return pod;
  const annotations = asObject(asObject(pod["metadata"])?.["annotations"]) ?? {};
  const chosen = additionsFor(facts);
  const lists = containerLists.flatMap((list): [string, Json][] => {
    if (spec[list] === undefined) return [];
    const repaired = asList(spec[list]).map((item) => repairContainer(item, chosen, { spec, annotations }));
    return [[list, repaired]];
  });
  return { ...pod, spec: { ...spec, ...Object.fromEntries(lists) } };
}

/** A Pod or a workload, repaired where its pods are described; any other object as it is. */
export function repairObject(object: JsonObject, facts: PodFacts): JsonObject {
  const path = podTemplatePaths[groupKind(object)];
  return path === undefined ? object : changeAt(object, path, (pod) => repairPod(pod, facts));
}

function changeAt(object: JsonObject, path: readonly string[], change: (value: JsonObject) => JsonObject): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return change(object);
  const child = asObject(object[key]);
  return child === undefined ? object : { ...object, [key]: changeAt(child, rest, change) };
}

function repairContainer(item: Json, chosen: readonly Addition[], pod: Pod): Json {
  const container = asObject(item);
  if (container === undefined) return item;
  const before = asObject(container["securityContext"]) ?? {};
  const after = chosen
    .filter((addition) => isUndecided(addition, container, pod))
    .reduce((context, { path, value }) => withValue(context, path, value), before);
  return { ...container, securityContext: after };
}

function isUndecided(addition: Addition, container: JsonObject, { spec, annotations }: Pod): boolean {
  const owners = addition.inherits ? [container, spec] : [container];
  const paths = addition.path.length > 1 ? [addition.path] : decidedBy(addition).map((field) => [field]);
  const name = container["name"];
  if (addition.legacyAnnotation !== undefined && typeof name === "string") {
    if (annotations[`${addition.legacyAnnotation}${name}`] !== undefined) return false;
  }
  return owners.every((owner) => paths.every((path) => isAbsent(owner, path)));
}

// Null is as good as absent, as the API server reads it.
const isAbsent = (owner: JsonObject, path: readonly string[]): boolean =>
  (at(owner, "securityContext", ...path) ?? null) === null;

function withValue(object: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  if (rest.length === 0) return { ...object, [key]: value };
  return { ...object, [key]: withValue(asObject(object[key]) ?? {}, rest, value) };
}
