import { NAMESPACE_NAME_LABEL } from "../../../config/labels";
import { asList, asObject, asObjects, asString, at, stringMap } from "../../engine/json";
import type { Json, JsonObject } from "../../engine/json";
import { selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { unlessUnknown } from "../../engine/unknown";
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

/** The workloads whose pods a Service sends to; none where it has no selector. */
export function workloadsOf(service: StackObject, stack: StackIndex): readonly StackObject[] {
  const labels = serviceSelector(service);
  if (Object.keys(labels).length === 0) return [];
  const selector: JsonObject = { matchLabels: labels };
  return deployedIn(service.namespace, stack).filter((workload) => selects(selector, podLabels(workload)));
}

/** The NetworkPolicies that govern what comes in to the pods of a workload. */
export function ingressPolicies(workload: StackObject, stack: StackIndex): readonly StackObject[] {
  const labels = podLabels(workload);
  return stack
    .ofKind("networking.k8s.io/NetworkPolicy", workload.namespace)
    .filter(
      ({ object }) => selects(asObject(at(object, "spec", "podSelector")) ?? {}, labels) && governs(object, "Ingress"),
    );
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
