import { asObject, asObjects, asString, at } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { groupKind } from "../../lib/kinds";
import { raiseUnknown, unlessUnknown } from "../../lib/unknown";

export const containerTypes = ["containers", "initContainers", "ephemeralContainers"] as const;
/** The list of a pod spec that a container stands in. */
export type ContainerType = (typeof containerTypes)[number];

/** A container with its place in the object. */
export interface ContainerView {
  readonly type: ContainerType;
  readonly index: number;
  readonly name: string;
  readonly container: JsonObject;
  /** "spec.template.spec.initContainers[0]" */
  readonly path: string;
}

/** A pod, or the pod template of a workload. */
export interface PodView {
  /** `{metadata, spec}` */
  readonly pod: JsonObject;
  /** "spec.template"; empty for a bare Pod. */
  readonly path: string;
  /** An operator completes this pod: what is not set here is not known. */
  readonly open: boolean;
  readonly containers: readonly ContainerView[];
  /** Some of the pod's containers are not known. */
  readonly containersUnknown: boolean;
  /** Why they are not: a list of them that is none. */
  readonly malformed?: string;
}

/** Where each workload kind keeps its pod template. Knative's Revision is itself a template. */
export const podTemplatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  ReplicationController: ["spec", "template"],
  "apps/Deployment": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "apps/DaemonSet": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "extensions/Deployment": ["spec", "template"],
  "extensions/DaemonSet": ["spec", "template"],
  "extensions/ReplicaSet": ["spec", "template"],
  // OpenShift, with its group and in the groupless form of old manifests.
  DeploymentConfig: ["spec", "template"],
  "apps.openshift.io/DeploymentConfig": ["spec", "template"],
  "batch/Job": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
  "argoproj.io/Rollout": ["spec", "template"],
  "serving.knative.dev/Service": ["spec", "template"],
  "serving.knative.dev/Configuration": ["spec", "template"],
  "serving.knative.dev/Revision": [],
};

/**
 * Kinds whose operator builds the pod: the fields below `spec` that reach the pod spec, by the name they have
 * there. Everything else of the pod is up to the operator.
 */
const OPERATOR_BUILT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "monitoring.coreos.com/Prometheus": samePodFields(),
  "monitoring.coreos.com/PrometheusAgent": samePodFields(),
  "monitoring.coreos.com/Alertmanager": samePodFields(),
  "monitoring.coreos.com/ThanosRuler": samePodFields(),
  "postgresql.cnpg.io/Cluster": { securityContext: "podSecurityContext" },
};

// Prometheus Operator API reference, CommonPrometheusFields and AlertmanagerSpec: same names as in a pod spec.
function samePodFields(): Readonly<Record<string, string>> {
  const names = [
    "automountServiceAccountToken",
    "containers",
    "hostAliases",
    "hostNetwork",
    "hostUsers",
    "imagePullSecrets",
    "initContainers",
    "nodeSelector",
    "priorityClassName",
    "securityContext",
    "serviceAccountName",
    "tolerations",
    "volumes",
  ];
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** Every kind with a pod, for matching at admission and for rules on workloads. */
export const workloadKinds: readonly string[] = Object.keys(podTemplatePaths);

/** Whether an operator builds the pods of this kind. */
export function isOperatorBuilt(kind: string): boolean {
  return Object.hasOwn(OPERATOR_BUILT, kind);
}

/** The pod of an object, or undefined where it has none. */
export function podOf(object: JsonObject): PodView | undefined {
  const kind = groupKind(object);
  const fields = OPERATOR_BUILT[kind];
  if (fields !== undefined) return operatorPod(object, fields);
  const path = podTemplatePaths[kind];
  if (path === undefined) return undefined;
  return unlessUnknown(
    () => {
      const pod = asObject(at(object, ...path));
      return pod === undefined || pod["spec"] === undefined ? undefined : podView(pod, path.join("."), false);
    },
    unknownPod(path.join(".")),
  );
}

export function podView(pod: JsonObject, path: string, open: boolean): PodView {
  const prefix = path === "" ? "spec" : `${path}.spec`;
  const spec = unlessUnknown(() => asObject(pod["spec"]) ?? {}, undefined);
  if (spec === undefined) return unknownPod(path);
  const containers: ContainerView[] = [];
  let containersUnknown = open;
  let malformed: string | undefined;
  for (const type of containerTypes) {
    const found = unlessUnknown(
      () => (Object.hasOwn(spec, type) ? spec[type] : []),
      undefined,
      (message) => (malformed ??= message),
    );
    if (found === undefined) containersUnknown = true;
    if (!Array.isArray(found)) continue;
    for (let index = 0; index < found.length; index++) {
      const view = unlessUnknown(() => containerView(spec, type, index, prefix), undefined);
      if (view === undefined) containersUnknown = true;
      else if (view !== null) containers.push(view);
    }
  }
  return { pod, path, open, containers, containersUnknown, ...(malformed !== undefined && { malformed }) };
}

function containerView(spec: JsonObject, type: ContainerType, index: number, prefix: string): ContainerView | null {
  const list = spec[type];
  const container = Array.isArray(list) ? asObject(list[index]) : undefined;
  if (container === undefined) return null;
  const path = `${prefix}.${type}[${index}]`;
  const name = unlessUnknown(() => asString(container["name"]), undefined) ?? `${type}[${index}]`;
  return { type, index, name, container, path };
}

function unknownPod(path: string): PodView {
  return { pod: openObject({}), path, open: false, containers: [], containersUnknown: true };
}

function operatorPod(object: JsonObject, fields: Readonly<Record<string, string>>): PodView {
  const source = namedFields(unlessUnknown(() => asObject(object["spec"]), undefined) ?? {});
  const spec: Record<string, PropertyDescriptor> = {};
  for (const [name, from] of Object.entries(fields)) {
    if (Object.hasOwn(source, from)) spec[name] = { configurable: true, enumerable: true, get: () => source[from] };
  }
  const own: JsonObject = Object.defineProperties({}, spec);
  const containers = [...asOpenContainers(own)];
  for (const { type, list } of containers)
    Object.defineProperty(own, type, { configurable: true, enumerable: true, value: list });
  const pod = { metadata: openObject({}), spec: openObject(own) };
  return podView(pod, "", true);
}

// A listed container may be a patch of one that the operator makes, so its missing fields are unknown too.
function* asOpenContainers(spec: JsonObject): Iterable<{ type: ContainerType; list: readonly JsonObject[] }> {
  for (const type of containerTypes) {
    const list = unlessUnknown(() => (Object.hasOwn(spec, type) ? asObjects(spec[type]) : undefined), undefined);
    if (list !== undefined) yield { type, list: list.map(openObject) };
  }
}

const namedOf = new WeakMap<object, JsonObject>();

/** The fields that an open object names; another object as it is. */
export function namedFields(object: JsonObject): JsonObject {
  return namedOf.get(object) ?? object;
}

/** An object whose missing fields are unknown instead of absent. */
export function openObject(known: JsonObject): JsonObject {
  const open = new Proxy(known, {
    get(target, key) {
      return Reflect.has(target, key) ? (Reflect.get(target, key) as JsonObject[string]) : raiseUnknown();
    },
    getOwnPropertyDescriptor(target, key) {
      return Reflect.getOwnPropertyDescriptor(target, key) ?? raiseUnknown();
    },
    has(target, key) {
      return Reflect.has(target, key) || raiseUnknown();
    },
    ownKeys() {
      return raiseUnknown();
    },
  });
  namedOf.set(open, known);
  return open;
}
