import { PARTIAL } from "./cel/known-first";
import { copyOf, podSpec } from "./defaults";
import { asObject, asString } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { splitKind } from "../../lib/kinds";
import { isBuiltIn } from "./served";
import { parseYaml } from "./yaml-text";
import { checkFields } from "./types";
import { raiseUnknown, unlessUnknown } from "../../lib/unknown";
import { isOperatorBuilt, namedFields, openObject, podTemplatePaths, podView } from "./workload";
import type { PodView } from "./workload";

/** Groups whose objects describe pods without making any: policies with their patterns, and reports. */
const DESCRIBING: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "aquasecurity.github.io",
  "config.gatekeeper.sh",
  "constraints.gatekeeper.sh",
  "kyverno.io",
  "mutations.gatekeeper.sh",
  "openreports.io",
  "policies.kubewarden.io",
  "policies.kyverno.io",
  "reports.kyverno.io",
  "spdx.softwarecomposition.kubescape.io",
  "templates.gatekeeper.sh",
  "wgpolicyk8s.io",
]);

/** Whether pods of the kind are found by their shape: whatever is not known better. `kind` is as in "apps/Deployment". */
export function isShapeless(kind: string): boolean {
  const { group, kind: name } = splitKind(kind);
  if (Object.hasOwn(podTemplatePaths, kind) || isOperatorBuilt(kind) || DESCRIBING.has(group)) return false;
  return !isBuiltIn(group, name);
}

/**
 * The pods in an object of a kind that nobody told about: whole templates as they are, and what an operator makes pods
 * of (a container by itself, a list of volumes, a security context) as pods of which the rest is not known.
 */
export function podsByShape(object: JsonObject): readonly PodView[] {
  const found = new Finder();
  for (const key of keysOf(object)) if (!NOT_SPECIFIED.has(key)) found.visit(valueOf(object, key), [key]);
  return found.pods;
}

/** The manifests that an object of another kind holds (an OCM ManifestWork, Crossplane's Object), with their places. */
export function manifestsIn(object: JsonObject, path: Path): readonly { object: JsonObject; path: Path }[] {
  const found: { object: JsonObject; path: Path }[] = [];
  const visit = (value: Json | undefined, at: Path): void => {
    if (at.length > path.length + DEEPEST) return;
    if (isList(value)) return value.forEach((each, index) => visit(each, [...at, index]));
    const node = asObject(value);
    if (node === undefined) return;
    if (isManifest(node)) found.push({ object: node, path: at });
    else for (const key of keysOf(node)) visit(valueOf(node, key), [...at, key]);
  };
  for (const key of keysOf(object)) if (!NOT_SPECIFIED.has(key)) visit(valueOf(object, key), [...path, key]);
  return found;
}

/** What is not asked for: the object's own description, and what a controller reports. */
const NOT_SPECIFIED: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

/** Deeper than any pod stands in an object; ends hostile ones. */
const DEEPEST = 64;

type Path = readonly (string | number)[];

class Finder {
  readonly pods: PodView[] = [];

  visit(value: Json | undefined, path: Path, parent?: JsonObject): void {
    if (path.length > DEEPEST) return;
    if (isList(value)) {
      for (let index = 0; index < value.length; index++)
        this.visit(
          unlessUnknown(() => value[index], undefined),
          [...path, index],
        );
      return;
    }
    const node = asObject(value);
    if (node === undefined || isManifest(node)) return;
    const shared = contextOf(node, "containerSecurityContext");
    if (shared !== undefined) this.container({ securityContext: shared }, path);
    const isPod = hasPodFields(node);
    if (isPod) this.pod(node, path, parent);
    // Operators have the fields of a pod and of its one container side by side (Spark's driver).
    const isOne = isContainer(node, path) && !(isPod && listOf(node, "containers").length > 0);
    if (isOne) this.container(node, path);
    if (isOne && !isPod) return;
    this.parts(node, path);
  }

  private parts(node: JsonObject, path: Path): void {
    for (const key of keysOf(node)) {
      const value = valueOf(node, key);
      // A list by its name in a pod was judged with it; a map of containers, or of volumes, is an operator's own.
      if (POD_FIELDS.has(key) && (value === undefined || isList(value))) continue;
      if (key === "podSpecPatch" && typeof value === "string") this.patch(value, [...path, key]);
      if (VOLUME_LIST.test(key)) this.volumes(listOf(node, key), [...path, key]);
      this.visit(value, [...path, key], node);
    }
  }

  /** Volumes that an operator adds to the pods that it makes (`extraVolumes`). */
  private volumes(list: readonly JsonObject[], path: Path): void {
    if (list.some(isVolume)) this.pods.push(openPod(checkFields({ volumes: list }, "PodSpec", ""), textOf(path)));
  }

  private pod(node: JsonObject, path: Path, parent: JsonObject | undefined): void {
    const template = path.at(-1) === "spec" && namedFields(node) === node ? parent : undefined;
    const isWhole = template !== undefined && isWholePod(node) && /(template|pod)$/i.test(String(path.at(-2) ?? ""));
    const checked = checkFields(namedFields(node), "PodSpec", "");
    if (isWhole) {
      const pod = { metadata: asObject(valueOf(template, "metadata")) ?? {}, spec: podSpec(checked) };
      this.pods.push(podView(pod, textOf(path.slice(0, -1)), false));
    } else this.pods.push(openPod(checked, textOf(path)));
  }

  /** A patch of the pods as text, in YAML or JSON (Argo Workflows). */
  private patch(text: string, path: Path): void {
    // Anchors repeat what they name, and each repetition would be judged: a few lines come to billions.
    const spec = /(^|[\s[{,:-])&/.test(text) ? undefined : parseYaml(text);
    if (spec !== undefined) this.pods.push(openPod(checkFields(spec, "PodSpec", ""), textOf(path)));
  }

  private container(node: JsonObject, path: Path): void {
    const container = openDeep(checkFields(namedFields(node), "Container", ""));
    const name = unlessUnknown(() => asString(node["name"]), undefined) ?? String(path.at(-1));
    const pod = { metadata: openObject({}), spec: openObject({ containers: [container] }) };
    const view = { type: "containers" as const, index: 0, name, container, path: textOf(path) };
    this.pods.push({ pod, path: textOf(path), open: true, containers: [view], containersUnknown: false });
  }
}

/**
 * A security context, under the name that a pod or container has for it, or under that which operators have where both
 * stand beside each other.
 */
function contextOf(node: JsonObject, name: ContextName): JsonObject | undefined {
  return asObject(valueOf(node, name));
}

type ContextName = "securityContext" | "containerSecurityContext" | "podSecurityContext";

function keysOf(node: JsonObject): readonly string[] {
  return Object.keys(namedFields(node));
}

function hasKey(node: JsonObject, key: string): boolean {
  return Object.hasOwn(namedFields(node), key);
}

function valueOf(node: JsonObject, key: string): Json | undefined {
  return unlessUnknown(() => node[key], undefined);
}

function textOf(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}

/** An object that is written out in another one, which is judged by itself. */
function isManifest(node: JsonObject): boolean {
  return (
    typeof valueOf(node, "apiVersion") === "string" &&
    typeof valueOf(node, "kind") === "string" &&
    asObject(valueOf(node, "metadata")) !== undefined
  );
}

const VOLUME_LIST = /Volumes$/;

const LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** Fields of a pod that are judged with it. */
const POD_FIELDS: ReadonlySet<string> = new Set([...LISTS, "volumes"]);

function hasPodFields(node: JsonObject): boolean {
  if (LISTS.some((list) => listOf(node, list).some((each) => isContainer(each, [list])))) return true;
  if (["hostNetwork", "hostPID", "hostIPC"].some((key) => isFlag(valueOf(node, key)))) return true;
  if (listOf(node, "volumes").some(isVolume)) return true;
  if (contextOf(node, "podSecurityContext") !== undefined) return true;
  const context = contextOf(node, "securityContext");
  return context !== undefined && !isContainer(node, []) && keysOf(context).some((key) => POD_CONTEXT.has(key));
}

/** A boolean, or one that was given as text. */
function isFlag(value: Json | undefined): boolean {
  return typeof value === "boolean" || typeof value === "string";
}

/** Of a security context: what pods have, alone or as containers do, and what containers alone have. */
const POD_CONTEXT: ReadonlySet<string> = new Set([
  ...["fsGroup", "supplementalGroups", "sysctls", "runAsUser", "runAsGroup", "runAsNonRoot"],
  ...["seccompProfile", "seLinuxOptions", "appArmorProfile", "windowsOptions"],
]);
const CONTAINER_CONTEXT = [
  "privileged",
  "capabilities",
  "allowPrivilegeEscalation",
  "readOnlyRootFilesystem",
  "procMount",
];

const VOLUME_SOURCES = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "hostPath", "image", "nfs"],
  ...["persistentVolumeClaim", "projected", "secret"],
];

function isVolume(node: JsonObject): boolean {
  return typeof valueOf(node, "name") === "string" && VOLUME_SOURCES.some((source) => hasKey(node, source));
}

/** What tells a container from other things that have an image. */
const CONTAINER_FIELDS = [
  ...["args", "command", "env", "envFrom", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe"],
  ...["resources", "securityContext", "volumeMounts", "workingDir"],
];

/** Names under which operators have containers: `container`, `initContainers`, `script`, `steps`, `sidecars`. */
const CONTAINER_NAMES = /(container|script|step|sidecar)s?$/i;

function isContainer(node: JsonObject, path: Path): boolean {
  const context = contextOf(node, "securityContext");
  if (context !== undefined && CONTAINER_CONTEXT.some((key) => hasKey(context, key))) return true;
  if (typeof valueOf(node, "image") !== "string") return false;
  if (CONTAINER_FIELDS.some((field) => hasKey(node, field))) return true;
  const name = [...path].reverse().find((step) => typeof step === "string");
  return name !== undefined && CONTAINER_NAMES.test(String(name));
}

function listOf(node: JsonObject, key: string): readonly JsonObject[] {
  const list = valueOf(node, key);
  if (!isList(list)) return [];
  const elements = Array.from({ length: list.length }, (_, index) =>
    unlessUnknown(() => asObject(list[index]), undefined),
  );
  return elements.filter((each) => each !== undefined);
}

/** Whether nothing is left to an operator: every container has a name and an image. */
function isWholePod(spec: JsonObject): boolean {
  const containers = LISTS.flatMap((list) => listOf(spec, list));
  const isWhole = (each: JsonObject): boolean =>
    typeof valueOf(each, "name") === "string" && typeof valueOf(each, "image") === "string";
  return listOf(spec, "containers").length > 0 && containers.every(isWhole);
}

/** Fields of a pod's specification that stand in an object by the names that a pod has for them. */
const KNOWN_FIELDS = [
  ...LISTS,
  ...[
    "automountServiceAccountToken",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostUsers",
    "securityContext",
  ],
  ...["shareProcessNamespace", "volumes"],
];

function openPod(node: JsonObject, path: string): PodView {
  const known: Record<string, PropertyDescriptor> = {};
  for (const key of KNOWN_FIELDS) {
    const descriptor = Object.getOwnPropertyDescriptor(node, key);
    if (descriptor !== undefined) known[key] = descriptor;
  }
  const context = contextOf(node, "podSecurityContext");
  if (context !== undefined) known["securityContext"] = { enumerable: true, value: context };
  const spec: JsonObject = Object.defineProperties({}, known);
  const pod = { metadata: openObject({}), spec: openDeep(spec) };
  const view = podView(pod, "", true);
  const containers = view.containers.map((each) => ({
    ...each,
    path: `${path}.${each.path.replace(/^spec\./, "")}`,
  }));
  return { ...view, path, containers };
}

/**
 * Lists that a patch adds elements to, which it names by a key of theirs; any other it sets as a whole (Kubernetes 1.36,
 * OpenAPI, x-kubernetes-list-type; Gateway API, listeners).
 */
const MERGED: ReadonlySet<string> = new Set([
  ...LISTS,
  ...["claims", "env", "finalizers", "hostAliases", "imagePullSecrets", "listeners", "matchConditions"],
  ...["ownerReferences", "ports", "resourceClaims", "schedulingGates", "secrets", "topologySpreadConstraints"],
  ...["variables", "volumeDevices", "volumeMounts", "volumes", "webhooks"],
]);

/**
 * The object as a part of one: whatever it, or an object in it, does not name is not known. `lists` tells whether a list
 * may have more elements than it names, as one of a patch.
 */
export function openDeep(node: JsonObject, lists: "whole" | "part" = "whole"): JsonObject {
  if (namedFields(node) !== node) return node;
  const own: Record<string, PropertyDescriptor> = {};
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(node))) {
    const isSet = descriptor.get !== undefined || (lists === "part" && isList(node[key]) && !MERGED.has(key));
    own[key] = isSet ? descriptor : { ...descriptor, value: openValue(node[key], lists) };
  }
  return openObject(Object.defineProperties({}, own));
}

function openValue(value: Json | undefined, lists: "whole" | "part"): Json | undefined {
  if (isList(value)) return openList(value, lists);
  const object = asObject(value);
  return object === undefined ? value : openDeep(object, lists);
}

function openList(list: readonly Json[], lists: "whole" | "part"): readonly Json[] {
  const copy = copyOf(list);
  for (let index = 0; index < list.length; index++) {
    const value = unlessUnknown(() => list[index], undefined);
    if (value !== undefined) copy[index] = openValue(value, lists) ?? null;
  }
  if (lists === "whole") return copy;
  Object.defineProperty(copy, copy.length, { configurable: true, enumerable: true, get: raiseUnknown });
  return PARTIAL in copy ? copy : Object.defineProperty(copy, PARTIAL, { value: true });
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
