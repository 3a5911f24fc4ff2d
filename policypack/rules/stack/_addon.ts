import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { unlessUnknown } from "../../../lib/unknown";

/** A file in a ConfigMap or a Secret, whichever way it is written; undefined where there is none. */
export function fileIn({ object }: StackObject, name: string): string | undefined {
  const encoded = object["kind"] === "Secret" ? asString(at(object, "data", name)) : undefined;
  return (
    asString(at(object, "stringData", name)) ??
    (encoded === undefined ? asString(at(object, "data", name)) : Buffer.from(encoded, "base64").toString("utf8"))
  );
}

/** ConfigMaps with a file of this name, and those that may yet have one. */
export function configMapsWith(stack: StackIndex, file: string): readonly StackObject[] {
  return stack.ofKind("ConfigMap").filter((map) => unlessUnknown(() => fileIn(map, file) !== undefined, true));
}

/** An object whose operator builds its pods, for rules that ask nothing of those: they are not known and need not be. */
export function withoutPod(object: StackObject): StackObject {
  return {
    object: object.object,
    kind: object.kind,
    shown: object.shown,
    get name() {
      return object.name;
    },
    get namespace() {
      return object.namespace;
    },
    get labels() {
      return object.labels;
    },
    get annotations() {
      return object.annotations;
    },
    origin: object.origin,
    pod: undefined,
    pods: [],
    isPart: object.isPart,
  };
}

/** The containers of a workload, init containers included. */
export function containersOf(workload: StackObject): readonly JsonObject[] {
  const spec = asObject(at(workload.pod?.pod, "spec"));
  return [...asObjects(spec?.["initContainers"]), ...asObjects(spec?.["containers"])];
}

/** What a container is told to run: command and arguments. */
export function commandOf(container: JsonObject): readonly string[] {
  return [...asList(container["command"]), ...asList(container["args"])].flatMap((word) => asString(word) ?? []);
}

/** An alert of a PrometheusRule. */
export interface AlertRule {
  readonly name: string;
  readonly expr: string;
  readonly labels: JsonObject;
}

/** The alerts of every PrometheusRule of the stack. */
export function alertsOf(stack: StackIndex): readonly AlertRule[] {
  return stack
    .ofKind("monitoring.coreos.com/PrometheusRule")
    .flatMap(({ object }) => asObjects(at(object, "spec", "groups")))
    .flatMap((group) => asObjects(group["rules"]))
    .flatMap((entry) => {
      const name = asString(entry["alert"]);
      if (name === undefined) return [];
      return [{ name, expr: asString(entry["expr"]) ?? "", labels: asObject(entry["labels"]) ?? {} }];
    });
}
