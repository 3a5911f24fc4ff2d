import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import { parseCidr } from "../../engine/address";
import type { Cidr } from "../../engine/address";
import { namespaceLabels, selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { NAMESPACE_LABEL, NAMESPACE_LABELS } from "../network/_cilium";
import { calicoSelector } from "./_calico-selector";

export type Direction = "Ingress" | "Egress";
type Labels = Readonly<Record<string, string>>;

/** The pods that are asked about: those of a namespace with these labels, or every one of it. */
interface Pods {
  readonly name: string;
  /** The labels of the namespace, its name among them. */
  readonly namespace: Labels;
  readonly labels: Labels | undefined;
}

const field = (direction: Direction): "ingress" | "egress" => (direction === "Ingress" ? "ingress" : "egress");

/** Whether a NetworkPolicy has a direction among its types. */
export function governs(policy: JsonObject, direction: string): boolean {
  const types = at(policy, "spec", "policyTypes");
  if (Array.isArray(types) && types.length > 0) return types.includes(direction);
  // Types that are not given are Ingress, and Egress where there are such rules (API reference, NetworkPolicySpec).
  return direction === "Ingress" || asList(at(policy, "spec", "egress")).length > 0;
}

const isEmptySelector = (selector: Json | undefined): boolean =>
  Object.keys(asObject(at(selector, "matchLabels")) ?? {}).length === 0 &&
  asList(at(selector, "matchExpressions")).length === 0;

/** Whether address blocks hold every address of a family, one of them or several together. */
function holdEveryAddress(blocks: readonly Json[]): boolean {
  const given = blocks.flatMap((block) => parseCidr(asString(block) ?? "")?.masked() ?? []);
  return ([4, 6] as const).some((family) => {
    const own = given.filter(({ address }) => address.family === family);
    // Each counts once with its share of all addresses.
    const apart = own.filter(
      (block, index) =>
        !own.some((other, at) => other !== block && other.containsCidr(block) && (!other.equals(block) || at < index)),
    );
    const shares = apart.reduce((sum, { address, length }: Cidr) => sum + (1n << BigInt(address.bits - length)), 0n);
    return shares === 1n << (family === 4 ? 32n : 128n);
  });
}

/** Whether a rule of a NetworkPolicy allows everything, so that the policy isolates nobody. */
function allowsAll(rule: JsonObject, direction: Direction): boolean {
  const peers = asObjects(rule[direction === "Ingress" ? "from" : "to"]);
  const whole = peers.filter((peer) => asList(at(peer, "ipBlock", "except")).length === 0);
  const everybody = peers.length === 0 || holdEveryAddress(whole.flatMap((peer) => at(peer, "ipBlock", "cidr") ?? []));
  return everybody && asList(rule["ports"]).length === 0;
}

/**
 * Whether a NetworkPolicy isolates every pod of its namespace in one direction: it selects all of them and governs the
 * direction. What it allows itself changes nothing for the rest, unless it allows everything.
 */
function isolatesAll({ object }: StackObject, direction: Direction): boolean {
  return (
    isEmptySelector(at(object, "spec", "podSelector")) &&
    governs(object, direction) &&
    !asObjects(at(object, "spec", field(direction))).some((rule) => allowsAll(rule, direction))
  );
}

/** The selector with its keys as Cilium has them behind the source of a label (`k8s:`, `any:`). */
function withoutSources(selector: JsonObject): JsonObject {
  const key = (name: string): string => name.replace(/^(k8s|any):/, "");
  return {
    matchLabels: Object.fromEntries(
      Object.entries(asObject(selector["matchLabels"]) ?? {}).map(([name, value]) => [key(name), value]),
    ),
    matchExpressions: asObjects(selector["matchExpressions"]).map((each) => ({
      ...each,
      key: key(asString(each["key"]) ?? ""),
    })),
  };
}

function ciliumSelects(endpoints: Json | undefined, pods: Pods): boolean {
  const given = asObject(endpoints);
  if (given === undefined) return false;
  const selector = withoutSources(given);
  const keys = [
    ...Object.keys(asObject(selector["matchLabels"]) ?? {}),
    ...asObjects(selector["matchExpressions"]).map((each) => asString(each["key"]) ?? ""),
  ];
  const ofNamespace = (key: string): boolean => key === NAMESPACE_LABEL || key.startsWith(NAMESPACE_LABELS);
  if (pods.labels === undefined && !keys.every(ofNamespace)) return false;
  const namespace: Record<string, string> = { [NAMESPACE_LABEL]: pods.name };
  for (const [key, value] of Object.entries(pods.namespace)) namespace[`${NAMESPACE_LABELS}${key}`] = value;
  return selects(selector, { ...pods.labels, ...namespace });
}

/** The entities that are everybody, or are so together (Cilium, "Entities Based"). */
const everybody = (entities: readonly Json[]): boolean =>
  entities.includes("all") || ["world", "cluster"].every((entity) => entities.includes(entity));

/**
 * Cilium, "Policy Enforcement Modes": a rule of a direction, an empty one too, puts the endpoints under default deny;
 * one that denies does too (Cilium, pkg/policy/api, Rule.Sanitize).
 */
function ciliumIsolates(specification: JsonObject, direction: Direction, pods: Pods): boolean {
  const own = field(direction);
  const rules = asObjects(specification[own]);
  const denied = asObjects(specification[`${own}Deny`]);
  const wanted = at(specification, "enableDefaultDeny", own);
  const entities = own === "ingress" ? "fromEntities" : "toEntities";
  return (
    wanted !== false &&
    (rules.length > 0 || denied.length > 0 || wanted === true) &&
    !rules.some((rule) => everybody(asList(rule[entities])) && asList(rule["toPorts"]).length === 0) &&
    ciliumSelects(specification["endpointSelector"], pods)
  );
}

function calicoSelects(text: Json | undefined, labels: Labels | undefined, fixed: Labels): boolean {
  const selector = calicoSelector(asString(text) ?? "");
  if (selector === undefined) return false;
  const asks = labels === undefined && [...selector.keys].some((key) => fixed[key] === undefined);
  return !asks && selector.selects({ ...labels, ...fixed });
}

/** Whether a rule of Calico lets everything through, or leaves all of it to what comes after the policies. */
function calicoPassesAll(rule: JsonObject, direction: Direction): boolean {
  if (!["Allow", "Pass"].includes(asString(rule["action"]) ?? "")) return false;
  const [peer, other] = direction === "Ingress" ? ["source", "destination"] : ["destination", "source"];
  if (Object.hasOwn(rule, "protocol") || Object.keys(asObject(rule[other]) ?? {}).length > 0) return false;
  const given = asObject(rule[peer]) ?? {};
  const names = Object.keys(given);
  return names.length === 0 || (names.length === 1 && holdEveryAddress(asList(given["nets"])));
}

/** Calico isolates what a policy of the direction selects; types that are not given follow from the rules. */
function calicoIsolates(policy: JsonObject, direction: Direction, pods: Pods): boolean {
  const specification = asObject(policy["spec"]) ?? {};
  const types = asList(specification["types"]);
  const has = (key: string): boolean => asList(specification[key]).length > 0;
  const implied = direction === "Ingress" ? has("ingress") || !has("egress") : has("egress");
  const open = asObjects(specification[field(direction)]).some((rule) => calicoPassesAll(rule, direction));
  return (
    (types.length > 0 ? types.includes(direction) : implied) &&
    !open &&
    calicoSelects(specification["selector"], pods.labels, { "projectcalico.org/namespace": pods.name }) &&
    calicoSelects(specification["namespaceSelector"], pods.namespace, { "projectcalico.org/name": pods.name })
  );
}

/**
 * Network Policy API: a rule that denies every pod of the cluster, or for egress every address, which holds the pods'
 * own too (API reference, AdminNetworkPolicyEgressPeer, networks).
 */
function adminIsolates(policy: JsonObject, direction: Direction, pods: Pods): boolean {
  const subject = asObject(at(policy, "spec", "subject")) ?? {};
  const ofPods = asObject(subject["pods"]);
  const namespaces = asObject(ofPods === undefined ? subject["namespaces"] : ofPods["namespaceSelector"]);
  const selected =
    ofPods === undefined ||
    isEmptySelector(ofPods["podSelector"]) ||
    (pods.labels !== undefined && selects(asObject(ofPods["podSelector"]), pods.labels));
  return (
    selected &&
    selects(namespaces, pods.namespace) &&
    asObjects(at(policy, "spec", field(direction))).some((rule) => deniesEverybody(rule, direction))
  );
}

function deniesEverybody(rule: JsonObject, direction: Direction): boolean {
  if (rule["action"] !== "Deny" || rule["ports"] !== undefined || rule["protocols"] !== undefined) return false;
  const peers = asObjects(rule[direction === "Ingress" ? "from" : "to"]);
  return direction === "Ingress"
    ? peers.some(({ namespaces }) => namespaces !== undefined && isEmptySelector(namespaces))
    : holdEveryAddress(peers.flatMap(({ networks }) => asList(networks)));
}

function podsOf(namespace: string, labels: Labels | undefined, stack: StackIndex): Pods {
  const object = stack.namespace(namespace);
  const own = object === undefined ? { "kubernetes.io/metadata.name": namespace } : namespaceLabels(object);
  return { name: namespace, namespace: own, labels };
}

/** Whether a policy of a network plugin or of the Network Policy API isolates pods with these labels, or all. */
export function isolatedByPlugin(
  namespace: string,
  labels: Labels | undefined,
  direction: Direction,
  stack: StackIndex,
): boolean {
  const pods = podsOf(namespace, labels, stack);
  const of = (kind: string, inNamespace: string): readonly StackObject[] => stack.ofKind(kind, inNamespace);
  const cilium = [
    ...of("cilium.io/CiliumNetworkPolicy", namespace),
    ...of("cilium.io/CiliumClusterwideNetworkPolicy", ""),
  ].flatMap(({ object }) => [asObject(object["spec"]) ?? {}, ...asObjects(object["specs"])]);
  const calico = ["projectcalico.org", "crd.projectcalico.org"].flatMap((group) => [
    ...of(`${group}/NetworkPolicy`, namespace),
    ...of(`${group}/GlobalNetworkPolicy`, ""),
  ]);
  const admin = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"].flatMap((kind) =>
    of(`policy.networking.k8s.io/${kind}`, ""),
  );
  return (
    cilium.some((each) => ciliumIsolates(each, direction, pods)) ||
    calico.some(({ object }) => calicoIsolates(object, direction, pods)) ||
    admin.some(({ object }) => adminIsolates(object, direction, pods))
  );
}

/** Whether some policy of the stack denies a direction of every pod of a namespace by default. */
export function deniedByDefault(namespace: string, direction: Direction, stack: StackIndex): boolean {
  return (
    stack.ofKind("networking.k8s.io/NetworkPolicy", namespace).some((policy) => isolatesAll(policy, direction)) ||
    isolatedByPlugin(namespace, undefined, direction, stack)
  );
}
