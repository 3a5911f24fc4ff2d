import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { asObject, asObjects, asString, at, stringMap } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import { append, derived, selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { splitKind } from "../../../lib/kinds";
import { unlessUnknown } from "../../../lib/unknown";
import { workloadKinds } from "../../engine/workload";
import { podLabels, replicasOf, scaledKinds } from "../availability/_scale";
import { governs } from "../namespaces/_network";

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

/** Kinds and groups of objects that are there for other purposes than to run something. */
const RUNS_NONE = new RegExp(
  [
    "(^|[.])k8s[.]io/",
    "^(traefik|cert-manager|external-secrets|cilium|velero|kyverno)[.]io/",
    "[.](openshift|istio|projectcalico)[.](io|org)/|^(crd[.])?projectcalico[.]org/|^bitnami[.]com/SealedSecret$",
    "^monitoring[.]coreos[.]com/(ServiceMonitor|PodMonitor|Probe|PrometheusRule|AlertmanagerConfig|ScrapeConfig)$",
    "^keda[.]sh/(ScaledObject|(Cluster)?TriggerAuthentication)$|^argoproj[.]io/(Application|ApplicationSet|AppProject)$",
  ].join("|"),
);

/** Whether a custom resource may be one of which an operator makes pods and Services. */
export const mayRunPods = ({ kind }: StackObject): boolean => kind.includes(".") && !RUNS_NONE.test(kind);

/** Whether a label is one by which an operator of this group marks what it makes: `strimzi.io/cluster` for kafka.strimzi.io. */
function isOfGroup(label: string, group: string): boolean {
  const [domain = "", name] = label.split("/");
  return name !== undefined && (domain === group || domain.endsWith(`.${group}`) || group.endsWith(`.${domain}`));
}

/**
 * Whether labels may be those of pods that a custom resource of the namespace is for: its template has them, they are of
 * its operator's own, or one has its name.
 */
export function madeByOperator(
  namespace: string,
  labels: Readonly<Record<string, string>>,
  stack: StackIndex,
): boolean {
  const wanted = Object.entries(labels);
  return stack
    .inNamespace(namespace)
    .filter(mayRunPods)
    .some((object) => {
      const { group } = splitKind(object.kind);
      const inTemplate = object.pods.some(({ pod }) =>
        unlessUnknown(() => selects({ matchLabels: labels }, stringMap(at(pod, "metadata", "labels"))), false),
      );
      return inTemplate || wanted.some(([label, value]) => isOfGroup(label, group) || value === object.name);
    });
}

/** The labels that a Service selects pods by; none for one without selector. */
export function serviceSelector(service: StackObject): Readonly<Record<string, string>> {
  return stringMap(at(service.object, "spec", "selector"));
}

/** Workloads with a pod template that is the whole of it: an operator adds labels and containers to its own. */
const templated = workloadKinds.filter((kind) => kind !== "PodTemplate");

/** Those of them that run for as long as they are there. */
const lasting = templated.filter((kind) => !kind.startsWith("batch/") && !kind.startsWith("serving.knative.dev/"));

/** Workloads of a namespace that the stack deploys itself; the suite's are not part of the platform's own stack. */
export function deployedIn(namespace: string, stack: StackIndex): readonly StackObject[] {
  return templated.flatMap((kind) => stack.ofKind(kind, namespace));
}

/** Whether the stack deploys a workload in a namespace that runs for as long as it is there. */
export const deploysIn = (namespace: string, stack: StackIndex): boolean =>
  lasting.some((kind) => stack.ofKind(kind, namespace).length > 0);

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

const budgetSelector = ({ object }: StackObject): JsonObject | undefined => asObject(at(object, "spec", "selector"));

/** Disruption budgets under the first label that they ask for, or under their namespace. */
const budgetsByLabel = derived((stack) =>
  byLabel(stack.ofKind("policy/PodDisruptionBudget"), (budget) => [firstLabel(budgetSelector(budget) ?? {})]),
);

/** Whether a disruption budget counts the pods of this workload; a budget without a selector counts none. */
export function hasBudget(workload: StackObject, stack: StackIndex): boolean {
  const labels = podLabels(workload);
  return candidates(budgetsByLabel(stack), workload.namespace, labels).some((budget) =>
    selects(budgetSelector(budget), labels),
  );
}

/** The workloads of those kinds whose pods a disruption budget counts. */
export function budgetedBy(budget: StackObject, stack: StackIndex): readonly StackObject[] {
  const selector = budgetSelector(budget);
  const selected = selector === undefined ? [] : selectedIn(budget.namespace, selector, stack);
  return selected.filter(({ kind }) => scaledKinds.some((each) => each === kind));
}

/** What asks for one of these labels, or for none. */
function candidates(
  { known, unknown }: ByLabel,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): readonly StackObject[] {
  return [
    ...[undefined, ...Object.entries(labels)].flatMap((label) => known.get(inNamespace(namespace, label)) ?? []),
    ...unknown.filter((object) => object.namespace === namespace),
  ];
}

/** The workloads of a namespace, of those that the stack deploys itself, whose pods a selector selects. */
export function selectedIn(namespace: string, selector: JsonObject, stack: StackIndex): readonly StackObject[] {
  const { known, unknown } = workloadsByLabel(stack);
  return [
    ...(known.get(inNamespace(namespace, firstLabel(selector))) ?? []),
    ...unknown.filter((workload) => workload.namespace === namespace),
  ].filter((workload) => selects(selector, podLabels(workload)));
}

/** The number at the end of the name of a StatefulSet's pod, where it has one of that name. */
function isPodOf(set: StackObject, pod: string, stack: StackIndex): boolean {
  const ordinal = pod.startsWith(`${set.name}-`) ? pod.slice(set.name.length + 1) : "";
  if (!/^(0|[1-9]\d*)$/.test(ordinal)) return false;
  const start = at(set.object, "spec", "ordinals", "start");
  const first = typeof start === "number" ? start : 0;
  return Number(ordinal) >= first && Number(ordinal) < first + replicasOf(stack, set).most;
}

/** Labels that a controller gives to its pods, and whether a workload has a pod with such a value (Kubernetes, "Well-Known Labels"). */
const byControllers: Readonly<Record<string, (workload: StackObject, value: string, stack: StackIndex) => boolean>> = {
  "statefulset.kubernetes.io/pod-name": (workload, value, stack) =>
    workload.kind === "apps/StatefulSet" && isPodOf(workload, value, stack),
  "apps.kubernetes.io/pod-index": (workload, value, stack) =>
    workload.kind === "apps/StatefulSet" && isPodOf(workload, `${workload.name}-${value}`, stack),
  "batch.kubernetes.io/job-name": isJob,
  "job-name": isJob,
  deploymentconfig: (workload, value) => workload.kind.endsWith("DeploymentConfig") && workload.name === value,
  "pod-template-hash": (workload) => /(Deployment|ReplicaSet)$/.test(workload.kind),
  "rollouts-pod-template-hash": (workload) => workload.kind === "argoproj.io/Rollout",
};

function isJob({ kind, name }: StackObject, value: string): boolean {
  // A CronJob numbers its Jobs by the minute.
  return kind === "batch/CronJob" ? value.startsWith(`${name}-`) : kind === "batch/Job" && name === value;
}

/** The workloads whose pods a Service sends to; none where it has no selector. */
export function workloadsOf(service: StackObject, stack: StackIndex): readonly StackObject[] {
  const labels = Object.entries(serviceSelector(service));
  if (labels.length === 0) return [];
  const own = labels.filter(([key]) => !Object.hasOwn(byControllers, key));
  return selectedIn(service.namespace, { matchLabels: Object.fromEntries(own) }, stack).filter((workload) => {
    const given = podLabels(workload);
    return labels.every(
      ([key, value]) => given[key] === value || byControllers[key]?.(workload, value, stack) === true,
    );
  });
}

/** The NetworkPolicies that govern a direction of the pods of a workload. */
export function policiesOn(
  workload: StackObject,
  direction: "Ingress" | "Egress",
  stack: StackIndex,
): readonly StackObject[] {
  const labels = podLabels(workload);
  return candidates(policiesByLabel(stack), workload.namespace, labels).filter(
    (policy) => governs(policy.object, direction) && selects(podSelector(policy), labels),
  );
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
    selects(asObject(peer["namespaceSelector"]), { [NAMESPACE_NAME_LABEL]: "kube-system" })
  );
}

/** Whether an entry of a NetworkPolicy's ports is one of these of TCP, or a range that holds one. */
function opens(entry: JsonObject, ports: readonly (Json | undefined)[]): boolean {
  const { port, endPort } = entry;
  if ((asString(entry["protocol"]) ?? "TCP") !== "TCP") return false;
  if (typeof port !== "number" || typeof endPort !== "number") return port === undefined || ports.includes(port);
  return ports.some((each) => typeof each === "number" && port <= each && each <= endPort);
}

/** Whether a rule of a NetworkPolicy lets a TCP port in from addresses: pod selectors never match the API server. */
export function admitsAddresses(rule: JsonObject, ports: readonly (Json | undefined)[]): boolean {
  const from = asObjects(rule["from"]);
  const listed = asObjects(rule["ports"]);
  const addresses = from.length === 0 || from.some(fromControlPlane);
  return addresses && (listed.length === 0 || listed.some((entry) => opens(entry, ports)));
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
  return patterns.some((pattern) => matchesOne(asString(pattern) ?? "", name));
}

// Piece by piece: an expression with several `.*` takes long on names that nearly match.
function matchesOne(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
