import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { asList, asObject, asObjects, asString, at, stringMap } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import { append, derived, selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { unlessUnknown } from "../../../lib/unknown";
import { podLabels } from "../availability/_scale";

/** Labels of pods that an operator makes from its custom resources: no template in the stack carries them. */
const madeByOperators: ReadonlySet<string> = new Set([
  "operator.prometheus.io/name",
  "alertmanager",
  "prometheus",
  "cnpg.io/cluster",
]);

/** Whether the selector of a Service is for pods that an operator makes. */
export function selectsOperatorMade(selector: Readonly<Record<string, string>>): boolean {
  return Object.keys(selector).some((key) => madeByOperators.has(key));
}

/** The labels that a Service selects pods by; none for one without selector. */
export function serviceSelector(service: StackObject): Readonly<Record<string, string>> {
  return stringMap(at(service.object, "spec", "selector"));
}

/** Workloads with a pod template that is the whole of it: an operator adds labels and containers to its own. */
const templated = ["Pod", "apps/DaemonSet", "apps/Deployment", "apps/StatefulSet"] as const;

/** Workloads of a namespace that the stack deploys itself; the suite's are not part of the platform's own stack. */
export function deployedIn(namespace: string, stack: StackIndex): readonly StackObject[] {
  return templated.flatMap((kind) => stack.ofKind(kind, namespace));
}

/** Whether the stack deploys a workload in a namespace. */
export const deploysIn = (namespace: string, stack: StackIndex): boolean =>
  templated.some((kind) => stack.ofKind(kind, namespace).length > 0);

/** The objects in namespaces of the platform, with those whose namespace is not known yet. */
export function owned(stack: StackIndex, objects: readonly StackObject[]): readonly StackObject[] {
  const names = stack.ownedNames();
  return objects.filter((object) => unlessUnknown(() => names.has(object.namespace), true));
}

/** Workloads of the platform's namespaces whose pods are made from their template alone. */
export function ownedWorkloads(stack: StackIndex): readonly StackObject[] {
  return owned(
    stack,
    stack.workloads().filter(({ pod }) => pod?.open === false),
  );
}

interface ByLabel {
  readonly known: ReadonlyMap<string, readonly StackObject[]>;
  /** With a namespace or labels that are not known yet: candidates of every look-up. */
  readonly unknown: readonly StackObject[];
}

const inNamespace = (namespace: string, label: readonly [string, unknown] | undefined): string =>
  label === undefined ? namespace : `${namespace} ${label[0]}=${String(label[1])}`;

/** Objects by their namespace and labels, so that nobody has to look through all of a namespace for each object. */
function byLabel(
  objects: readonly StackObject[],
  labelsOf: (object: StackObject) => readonly (readonly [string, unknown] | undefined)[],
): ByLabel {
  const known = new Map<string, StackObject[]>();
  const unknown: StackObject[] = [];
  for (const object of objects) {
    const keys = unlessUnknown(() => labelsOf(object).map((each) => inNamespace(object.namespace, each)), undefined);
    if (keys === undefined) unknown.push(object);
    for (const key of keys ?? []) append(known, key, object);
  }
  return { known, unknown };
}

const firstLabel = (selector: JsonObject): readonly [string, unknown] | undefined =>
  Object.entries(asObject(selector["matchLabels"]) ?? {})[0];
const podSelector = ({ object }: StackObject): JsonObject => asObject(at(object, "spec", "podSelector")) ?? {};

/** Workloads under each label of their pods, and under their namespace. */
const workloadsByLabel = derived((stack) =>
  byLabel(
    templated.flatMap((kind) => stack.ofKind(kind)),
    (workload) => [undefined, ...Object.entries(podLabels(workload))],
  ),
);

/** NetworkPolicies under the first label that they ask for, or under their namespace. */
const policiesByLabel = derived((stack) =>
  byLabel(stack.ofKind("networking.k8s.io/NetworkPolicy"), (policy) => [firstLabel(podSelector(policy))]),
);

/** The workloads of a namespace, of those that the stack deploys itself, whose pods a selector selects. */
export function selectedIn(namespace: string, selector: JsonObject, stack: StackIndex): readonly StackObject[] {
  const { known, unknown } = workloadsByLabel(stack);
  return [
    ...(known.get(inNamespace(namespace, firstLabel(selector))) ?? []),
    ...unknown.filter((workload) => workload.namespace === namespace),
  ].filter((workload) => selects(selector, podLabels(workload)));
}

/** The workloads whose pods a Service sends to; none where it has no selector. */
export function workloadsOf(service: StackObject, stack: StackIndex): readonly StackObject[] {
  const labels = serviceSelector(service);
  return Object.keys(labels).length === 0 ? [] : selectedIn(service.namespace, { matchLabels: labels }, stack);
}

/** The NetworkPolicies that govern a direction of the pods of a workload. */
export function policiesOn(
  workload: StackObject,
  direction: "Ingress" | "Egress",
  stack: StackIndex,
): readonly StackObject[] {
  const labels = podLabels(workload);
  const { known, unknown } = policiesByLabel(stack);
  return [
    ...[undefined, ...Object.entries(labels)].flatMap(
      (label) => known.get(inNamespace(workload.namespace, label)) ?? [],
    ),
    ...unknown.filter((policy) => policy.namespace === workload.namespace),
  ].filter((policy) => governs(policy.object, direction) && selects(podSelector(policy), labels));
}

/** Whether a NetworkPolicy has a direction among its types. */
export function governs(policy: JsonObject, direction: string): boolean {
  const types = at(policy, "spec", "policyTypes");
  if (Array.isArray(types) && types.length > 0) return types.includes(direction);
  // Types that are not given are Ingress, and Egress where there are such rules (API reference, NetworkPolicySpec).
  return direction === "Ingress" || asList(at(policy, "spec", "egress")).length > 0;
}

/** The port of a container that a port of a Service leads to: a number or a name. */
export function targetPort(service: StackObject, port: Json | undefined): Json | undefined {
  const ports = asObjects(at(service.object, "spec", "ports"));
  const found = ports.find((candidate) => candidate["port"] === port) ?? ports[0];
  return found?.["targetPort"] ?? found?.["port"];
}

/**
 * A peer that may be the API server: addresses, or pods of kube-system, through whose tunnel (konnectivity-agent)
 * managed control planes call webhooks.
 */
function fromControlPlane(peer: JsonObject): boolean {
  return (
    peer["ipBlock"] !== undefined ||
    at(peer, "namespaceSelector", "matchLabels", NAMESPACE_NAME_LABEL) === "kube-system"
  );
}

/** Whether a rule of a NetworkPolicy lets a port in from addresses: pod selectors never match the API server. */
export function admitsAddresses(rule: JsonObject, ports: readonly (Json | undefined)[]): boolean {
  const from = asObjects(rule["from"]);
  const listed = asObjects(rule["ports"]);
  const addresses = from.length === 0 || from.some(fromControlPlane);
  const open = listed.length === 0 || listed.some(({ port }) => port === undefined || ports.includes(port));
  return addresses && open;
}

/** A port with the names or the number that the containers of a workload declare for it. */
export function portNames(workload: StackObject, port: Json | undefined): readonly (Json | undefined)[] {
  const containers = asObjects(at(workload.pod?.pod, "spec", "containers"));
  const declared = containers.flatMap((container) => asObjects(container["ports"]));
  const same = declared.filter((entry) => entry["name"] === port || entry["containerPort"] === port);
  return [
    port,
    ...same.flatMap((entry) => [entry["name"], entry["containerPort"]]).filter((name) => name !== undefined),
  ];
}

/** Whether one of the patterns, in which `*` stands for any text, matches a name. */
export function matchesPattern(patterns: readonly Json[], name: string): boolean {
  return patterns.some((pattern) => {
    const parts = (asString(pattern) ?? "").split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(name);
  });
}
