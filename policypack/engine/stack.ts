import { label, NAMESPACE_NAME_LABEL } from "../../lib/labels";
import type { NamespaceRole } from "../../lib/labels";
import { asObject, asObjects, asString, at, stringMap } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { groupKind, isClusterScoped } from "../../lib/kinds";
import { podOf } from "./workload";
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
  private readonly namespaceObjects = new Map<string, StackObject>();
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
    for (const object of objects) {
      const { name, namespace } = object.shown;
      append(this.kinds, object.kind, object);
      append(this.kindsInNamespaces, `${object.kind} ${namespace}`, object);
      const full = `${object.kind} ${namespace} ${name}`;
      if (!this.names.has(full)) this.names.set(full, object);
      append(this.byNamespace, namespace, object);
      if (object.kind === "Namespace") this.namespaceObjects.set(name, object);
    }
  }

  /** Objects of a kind ("apps/Deployment"), in one namespace where that is given. */
  ofKind(kind: string, namespace?: string): readonly StackObject[] {
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

  /** The Namespace object, where the stack holds it. */
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
    const from = namespace === undefined ? this.objects : this.inNamespace(namespace);
    return from.filter((object) => object.pod !== undefined);
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
export function stackObject(object: JsonObject, origin: Origin = {}): StackObject {
  return new IndexedObject(object, origin);
}

class IndexedObject implements StackObject {
  readonly kind: string;
  readonly shown: StackObject["shown"];
  readonly pod: PodView | undefined;

  constructor(
    readonly object: JsonObject,
    readonly origin: Origin,
  ) {
    this.kind = groupKind(object);
    const field = (key: string): string | undefined =>
      unlessUnknown(() => asString(at(object, "metadata", key)), UNKNOWN_NAME);
    this.shown = {
      name: field("name") ?? field("generateName") ?? "",
      namespace: isClusterScoped(this.kind) ? "" : (field("namespace") ?? "default"),
    };
    this.pod = podOf(object);
  }

  get name(): string {
    return this.shown.name === UNKNOWN_NAME ? raiseUnknown() : this.shown.name;
  }

  get namespace(): string {
    return this.shown.namespace === UNKNOWN_NAME ? raiseUnknown() : this.shown.namespace;
  }

  // Read on demand: labels may hold values that are not known yet, which only matters to who reads them.
  get labels(): Readonly<Record<string, string>> {
    return stringMap(at(this.object, "metadata", "labels"));
  }

  get annotations(): Readonly<Record<string, string>> {
    return stringMap(at(this.object, "metadata", "annotations"));
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
