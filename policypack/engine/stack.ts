import { label, NAMESPACE_NAME_LABEL, podSecurityLabel } from "../../lib/labels";
import type { NamespaceRole } from "../../lib/labels";
import { asObject, asObjects, asString, at, stringMap } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { groupKind, isClusterScoped } from "../../lib/kinds";
import { isShapeless, podsByShape } from "./shape";
import { namedFields, podOf } from "./workload";
import type { PodView } from "./workload";
import { raiseUnknown, unlessUnknown } from "../../lib/unknown";

/** Stands for a name that is only known after deployment; no real name contains these characters. */
export const UNKNOWN_NAME = "<known after deployment>";

/** Where an object comes from: enough to point a user at it. */
export interface Origin {
  /** Pulumi's identity of the resource. */
  readonly urn?: string;
  /** URN of the parent. */
  readonly parent?: string;
  /** Pulumi's type token. */
  readonly type?: string;
  readonly file?: string;
  /** Number of the YAML document in the file, from 0. */
  readonly document?: number;
}

/** An object of a stack with what every rule asks first. */
export interface StackObject {
  /** The object, API defaults applied. Reading an unknown value throws. */
  readonly object: JsonObject;
  /** "apps/Deployment", "Service": group and kind. */
  readonly kind: string;
  readonly name: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** Name and namespace for messages: reading these never raises. */
  readonly shown: { readonly name: string; readonly namespace: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly origin: Origin;
  /** The pod or pod template, where the object has one. */
  readonly pod: PodView | undefined;
  /** That pod, or for kinds that nobody told about what was found by its shape. */
  readonly pods: readonly PodView[];
  /** A patch: part of an object of which the rest is not known. */
  readonly isPart: boolean;
}

/** A Pulumi resource that holds no Kubernetes object: a component, a Helm release. */
export interface StackResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent?: string;
}

/** All objects of a stack, looked up by kind and namespace in constant time. */
export class StackIndex {
  readonly objects: readonly StackObject[];
  readonly resources: readonly StackResource[];
  private readonly kinds = new Map<string, StackObject[]>();
  private readonly kindsInNamespaces = new Map<string, StackObject[]>();
  private readonly names = new Map<string, StackObject>();
  private readonly byNamespace = new Map<string, StackObject[]>();
  private readonly workloadsOf = new Map<string, readonly StackObject[]>();
  /** The Namespace objects of each name, and the patches of it. */
  private readonly definitions = new Map<string, StackObject[]>();
  private readonly namespaceObjects = new Map<string, StackObject>();
  /** The kinds that rules asked for. */
  readonly asked = new Set<string>();
  private readonly unlisted: "others" | "owned";

  /**
   * `unlisted`: whose the namespaces are that objects name and that are not among the objects. A program makes its own
   * namespaces, so to it they are others'; files that are scanned seldom hold them, and are scanned to be judged.
   */
  constructor(
    objects: readonly StackObject[],
    {
      resources = [],
      unlisted = "others",
    }: { resources?: readonly StackResource[]; unlisted?: "others" | "owned" } = {},
  ) {
    this.objects = objects;
    this.resources = resources;
    this.unlisted = unlisted;
    // What a patch leaves open decides nothing that a whole object decides: those are asked first.
    const parts = objects.filter(({ isPart }) => isPart);
    for (const object of parts.length === 0 ? objects : [...objects.filter(({ isPart }) => !isPart), ...parts]) {
      const { name, namespace } = object.shown;
      if (object.kind === "Namespace") append(this.definitions, name, object);
      if (object.kind === "Namespace" && object.isPart) continue;
      append(this.kinds, object.kind, object);
      append(this.kindsInNamespaces, `${object.kind} ${namespace}`, object);
      const full = `${object.kind} ${namespace} ${name}`;
      if (!this.names.has(full)) this.names.set(full, object);
      append(this.byNamespace, namespace, object);
    }
    for (const [name, all] of this.definitions) {
      const merged = mergedNamespace(all);
      if (merged !== undefined) this.namespaceObjects.set(name, merged);
    }
  }

  /** Objects of a kind ("apps/Deployment"), in one namespace where that is given. */
  ofKind(kind: string, namespace?: string): readonly StackObject[] {
    this.asked.add(kind);
    if (namespace === undefined) return this.kinds.get(kind) ?? [];
    return (
      this.kindsInNamespaces.get(`${kind} ${namespace}`) ??
      (this.kindsInNamespaces.has(`${kind} ${UNKNOWN_NAME}`) ? raiseUnknown() : [])
    );
  }

  /** Objects in a namespace; "" for the cluster-scoped. */
  inNamespace(namespace: string): readonly StackObject[] {
    return this.byNamespace.get(namespace) ?? this.byNamespace.get(UNKNOWN_NAME)?.map(() => raiseUnknown()) ?? [];
  }

  /** Every Namespace object of a name, the patches of it among them. */
  namespaceDefinitions(name: string): readonly StackObject[] {
    return this.definitions.get(name) ?? [];
  }

  /** The Namespace object, where the stack holds it; where it holds several, all of them together. */
  namespace(name: string): StackObject | undefined {
    const found = this.namespaceObjects.get(name);
    return found ?? (this.namespaceObjects.has(UNKNOWN_NAME) ? raiseUnknown() : undefined);
  }

  /** An object of a kind by name. */
  find(kind: string, namespace: string, name: string): StackObject | undefined {
    if (this.ofKind(kind, namespace).length === 0) return undefined;
    const found = this.names.get(`${kind} ${namespace} ${name}`);
    return found ?? (this.names.has(`${kind} ${namespace} ${UNKNOWN_NAME}`) ? raiseUnknown() : undefined);
  }

  /** The Namespace objects that carry the platform's role label, or may do so. */
  ownedNamespaces(role?: NamespaceRole): readonly StackObject[] {
    return [...this.namespaceObjects.values()].filter((namespace) => {
      const found = unlessUnknown(() => namespace.labels[label.role], role ?? "suite");
      return role === undefined ? found !== undefined : found === role;
    });
  }

  /** Names of the namespaces that the platform owns or may own, "" included where they count that no object names. */
  ownedNames(): ReadonlySet<string> {
    const listed = this.ownedNamespaces().map(({ name }) => name);
    if (this.unlisted === "others") return new Set(listed);
    return new Set([...listed, ...[...this.byNamespace.keys()].filter((name) => !this.namespaceObjects.has(name))]);
  }

  /** Objects with a pod template, bare Pods included. */
  workloads(namespace?: string): readonly StackObject[] {
    if (namespace === undefined) return this.objects.filter((object) => object.pod !== undefined);
    const known = this.workloadsOf.get(namespace);
    if (known !== undefined) return known;
    const found = this.inNamespace(namespace).filter((object) => object.pod !== undefined);
    this.workloadsOf.set(namespace, found);
    return found;
  }
}

/**
 * What rules look up that concern pairs of objects: worked out once for each stack, where working it out anew for each
 * object would make the cost grow with the square of their number.
 */
export function derived<T>(compute: (stack: StackIndex) => T): (stack: StackIndex) => T {
  const known = new WeakMap<StackIndex, { readonly value: T }>();
  return (stack) => {
    const found = known.get(stack) ?? { value: compute(stack) };
    known.set(stack, found);
    return found.value;
  };
}

/** Adds to the list of a key. */
export function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** A Kubernetes object (API defaults applied) as an entry of the index. */
export function stackObject(object: JsonObject, origin: Origin = {}, isPart = false): StackObject {
  return new IndexedObject(object, origin, isPart);
}

const NO_PODS: readonly PodView[] = [];

/**
 * What several Namespace objects of one name come to: the labels and annotations of all, the platform's role and the
 * enforced level by the strictest, so that a second object or a patch takes nothing away. Undefined where there are
 * patches only.
 */
function mergedNamespace(all: readonly StackObject[]): StackObject | undefined {
  const [first, ...others] = all.filter(({ isPart }) => !isPart);
  if (first === undefined || all.length === 1) return first;
  return unlessUnknown(() => {
    const ordered = [first, ...others, ...all.filter(({ isPart }) => isPart)];
    const of = (key: "labels" | "annotations"): Readonly<Record<string, string>> =>
      Object.fromEntries(ordered.flatMap((each) => Object.entries(knownOf(each, key))));
    const strict = Object.fromEntries(
      STRICTNESS.flatMap(([key, order]) => {
        const values = new Set(ordered.map((each) => knownOf(each, "labels")[key]));
        const found = order.find((value) => values.has(value));
        return found === undefined ? [] : [[key, found]];
      }),
    );
    const metadata = asObject(at(first.object, "metadata")) ?? {};
    const labels = { ...of("labels"), ...strict };
    return stackObject(
      { ...first.object, metadata: { ...metadata, labels, annotations: of("annotations") } },
      first.origin,
    );
  }, first);
}

/** Labels of which the strictest value counts, in order. */
const STRICTNESS: readonly (readonly [string, readonly string[]])[] = [
  [label.role, ["suite", "operator"]],
  [podSecurityLabel.enforce, ["restricted", "baseline", "privileged"]],
];

/** The labels or annotations that an object names, values that are not known left out. */
export function knownOf({ object }: StackObject, key: "labels" | "annotations"): Readonly<Record<string, string>> {
  const map = unlessUnknown(() => asObject(at(object, "metadata", key)), undefined);
  if (map === undefined) return {};
  const named = namedFields(map);
  return Object.fromEntries(
    Object.keys(named).flatMap((name) => {
      const value = unlessUnknown(() => asString(named[name]), undefined);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

class IndexedObject implements StackObject {
  readonly kind: string;
  readonly shown: StackObject["shown"];
  readonly pod: PodView | undefined;
  readonly pods: readonly PodView[];

  constructor(
    readonly object: JsonObject,
    readonly origin: Origin,
    readonly isPart: boolean,
  ) {
    this.kind = groupKind(object);
    const field = (key: string): string | undefined =>
      // A patch tells by its metadata which object it is for: what is not named there is not left open.
      unlessUnknown(() => asString(namedFields(asObject(object["metadata"]) ?? {})[key]), UNKNOWN_NAME);
    this.shown = {
      name: field("name") ?? field("generateName") ?? "",
      namespace: isClusterScoped(this.kind) ? "" : (field("namespace") ?? "default"),
    };
    this.pod = podOf(object);
    if (this.pod !== undefined) this.pods = [this.pod];
    else this.pods = isShapeless(this.kind) ? podsByShape(object) : NO_PODS;
  }

  get name(): string {
    return this.shown.name === UNKNOWN_NAME ? raiseUnknown() : this.shown.name;
  }

  get namespace(): string {
    return this.shown.namespace === UNKNOWN_NAME ? raiseUnknown() : this.shown.namespace;
  }

  private ownLabels: Readonly<Record<string, string>> | undefined;
  private ownAnnotations: Readonly<Record<string, string>> | undefined;

  // Read on demand: labels may hold values that are not known yet, which only matters to who reads them.
  get labels(): Readonly<Record<string, string>> {
    return (this.ownLabels ??= stringMap(at(this.object, "metadata", "labels")));
  }

  get annotations(): Readonly<Record<string, string>> {
    return (this.ownAnnotations ??= stringMap(at(this.object, "metadata", "annotations")));
  }
}

/** Whether a label selector (matchLabels and matchExpressions) selects these labels; the empty one selects all. */
export function selects(selector: JsonObject | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined) return false;
  const exact = Object.entries(asObject(selector["matchLabels"]) ?? {});
  return (
    exact.every(([key, value]) => labels[key] === value) &&
    asObjects(selector["matchExpressions"]).every((expression) => expressionSelects(expression, labels))
  );
}

function expressionSelects(expression: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[asString(expression["key"]) ?? ""];
  const values = expression["values"];
  const listed = value !== undefined && Array.isArray(values) && values.includes(value);
  switch (asString(expression["operator"]) ?? "") {
    case "In":
      return listed;
    case "NotIn":
      return !listed;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** The labels of a namespace as selectors see them: with the name label that the API server sets. */
export function namespaceLabels(namespace: StackObject): Readonly<Record<string, string>> {
  return { ...namespace.labels, [NAMESPACE_NAME_LABEL]: namespace.name };
}
