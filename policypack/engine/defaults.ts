import { asList, asObject, asString, at } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { PARTIAL } from "./cel/known-first";
import { groupKind } from "../../lib/kinds";
import { containerTypes } from "./workload";
import { raiseUnknown, unlessUnknown } from "../../lib/unknown";
import { podTemplatePaths } from "./workload";

/**
 * Fills in what the API server fills in before admission and that rules depend on
 * (kubernetes/pkg/apis/core/v1/defaults.go, apps/v1/defaults.go). Fields that are set stay as they are; parts
 * that need nothing are not copied.
 */
export function withDefaults(object: JsonObject): JsonObject {
  const kind = groupKind(object);
  const own = objectDefaults[kind];
  const defaulted = own === undefined ? object : changeAt(object, ["spec"], (spec) => missing(spec, own));
  if (kind === "networking.k8s.io/NetworkPolicy") return changeAt(defaulted, ["spec"], policyTypes);
  if (kind === "batch/Job" || kind === "ReplicationController")
    return labelled(changeAt(defaulted, ["spec", "template", "spec"], podSpec));
  if (kind === "Pod") return changeAt(defaulted, ["spec"], (spec) => hostPorts(podSpec(spec)));
  const path = podTemplatePaths[kind];
  return path === undefined ? defaulted : changeAt(defaulted, [...path, "spec"], podSpec);
}

/** SetDefaults_NetworkPolicy takes an empty list of directions for none given. */
function policyTypes(spec: JsonObject): JsonObject {
  const given = unlessUnknown(() => at(spec, "policyTypes"), undefined);
  if (!Array.isArray(given) || given.length > 0) return spec;
  const others = Object.entries(Object.getOwnPropertyDescriptors(spec)).filter(([key]) => key !== "policyTypes");
  return Object.defineProperties({}, Object.fromEntries(others));
}

/** SetDefaults_Job and SetDefaults_ReplicationController: without labels of its own it gets the template's. */
function labelled(object: JsonObject): JsonObject {
  const own = unlessUnknown(() => asObject(at(object, "metadata", "labels")) ?? {}, undefined);
  const labels = unlessUnknown(() => asObject(at(object, "spec", "template", "metadata", "labels")), undefined);
  if (own === undefined || labels === undefined || Object.keys(own).length > 0) return object;
  return patched(object, { metadata: patched(asObject(at(object, "metadata")) ?? {}, { labels }) });
}

const objectDefaults: Readonly<Record<string, JsonObject>> = {
  Service: { type: "ClusterIP", sessionAffinity: "None" },
  ReplicationController: { replicas: 1 },
  "apps/Deployment": { replicas: 1, progressDeadlineSeconds: 600, revisionHistoryLimit: 10 },
  "apps/ReplicaSet": { replicas: 1 },
  "apps/StatefulSet": { replicas: 1, podManagementPolicy: "OrderedReady", revisionHistoryLimit: 10 },
  "batch/CronJob": {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
};

const podDefaults: JsonObject = {
  restartPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  terminationGracePeriodSeconds: 30,
};

/** What the API server fills into a pod's specification. */
export function podSpec(spec: JsonObject): JsonObject {
  let result = missing(spec, podDefaults);
  for (const type of containerTypes) result = changeList(result, type, container);
  return changeList(result, "volumes", volume);
}

/** SetDefaults_Pod, for Pods and not for templates: on the host's network every container port is a host port. */
function hostPorts(spec: JsonObject): JsonObject {
  const hostNetwork = unlessUnknown(() => at(spec, "hostNetwork"), "unknown");
  if (hostNetwork !== true && hostNetwork !== "unknown") return spec;
  const port = (value: JsonObject): JsonObject => {
    if (Object.hasOwn(value, "hostPort") || !Object.hasOwn(value, "containerPort")) return value;
    const containerPort = hostNetwork === true ? () => value["containerPort"] : raiseUnknown;
    return Object.defineProperty(patched(value, {}), "hostPort", { enumerable: true, get: containerPort });
  };
  return containerTypes.reduce(
    (result, type) => changeList(result, type, (each) => changeList(each, "ports", port)),
    spec,
  );
}

function container(value: JsonObject): JsonObject {
  if (Object.hasOwn(value, "imagePullPolicy") || !Object.hasOwn(value, "image")) return value;
  const image = value["image"];
  return typeof image === "string" ? patched(value, { imagePullPolicy: pullPolicy(image) }) : value;
}

/** SetDefaults_Container: Always for the tag latest, also where that is implied; else IfNotPresent. */
function pullPolicy(image: string): "Always" | "IfNotPresent" {
  const [name = "", digest] = image.split("@", 2);
  const tag = /:([^/:]+)$/.exec(name)?.[1] ?? (digest === undefined ? "latest" : "");
  return tag === "latest" ? "Always" : "IfNotPresent";
}

/** SetDefaults_Volume: a volume without a source is an emptyDir, and an image volume gets a pull policy. */
function volume(value: JsonObject): JsonObject {
  if (Object.keys(value).every((key) => key === "name")) return patched(value, { emptyDir: {} });
  const image = unlessUnknown(() => asObject(at(value, "image")), undefined);
  const reference = unlessUnknown(() => asString(at(image, "reference")), undefined);
  if (image === undefined || reference === undefined || Object.hasOwn(image, "pullPolicy")) return value;
  return patched(value, { image: patched(image, { pullPolicy: pullPolicy(reference) }) });
}

function missing(value: JsonObject, defaults: JsonObject): JsonObject {
  const absent = Object.keys(defaults).filter((key) => !Object.hasOwn(value, key));
  if (absent.length === 0) return value;
  return patched(value, Object.fromEntries(absent.map((key) => [key, defaults[key]])));
}

function changeList(object: JsonObject, key: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const list = unlessUnknown(() => (Object.hasOwn(object, key) ? object[key] : undefined), undefined);
  const items = asList(list);
  let copy: Json[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = unlessUnknown(() => asObject(items[index]), undefined);
    if (item === undefined) continue;
    const after = unlessUnknown(() => change(item), item);
    if (after === item) continue;
    copy ??= copyOf(items);
    copy[index] = after;
  }
  return copy === undefined ? object : patched(object, { [key]: copy });
}

function changeAt(object: JsonObject, path: readonly string[], change: (value: JsonObject) => JsonObject): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return change(object);
  const child = unlessUnknown(() => asObject(at(object, key)), undefined);
  if (child === undefined) return object;
  const changed = changeAt(child, rest, change);
  return changed === child ? object : patched(object, { [key]: changed });
}

// Spreading reads, and so raises, values that are not known yet: those are copied property by property.
export function patched(object: JsonObject, changes: JsonObject): JsonObject {
  return unlessUnknown(() => ({ ...object, ...changes }), undefined) ?? copied(object, changes);
}

function copied(object: JsonObject, changes: JsonObject): JsonObject {
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(object), ...Object.getOwnPropertyDescriptors(changes) },
  );
}

export function copyOf(list: readonly Json[]): Json[] {
  const copy: Json[] = [];
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(list))) {
    if (key !== "length") Object.defineProperty(copy, key, descriptor);
  }
  if (PARTIAL in list) Object.defineProperty(copy, PARTIAL, { value: true });
  return copy;
}

/** The name of the service account a pod runs as: `default` where it names none. */
export function serviceAccountOf(podSpecification: JsonObject): string {
  return asString(podSpecification["serviceAccountName"]) ?? asString(podSpecification["serviceAccount"]) ?? "default";
}
