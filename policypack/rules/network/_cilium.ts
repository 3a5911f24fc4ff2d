/** Kinds of Cilium's own policies. */
export const ciliumKinds = ["cilium.io/CiliumNetworkPolicy", "cilium.io/CiliumClusterwideNetworkPolicy"];

/** Holds for every rule set `s` of a policy: `spec`, and each of `specs`. */
export function everySpec(valid: string): string {
  return `([object.?spec.orValue({})] + object.?specs.orValue([])).all(s, ${valid})`;
}

/** Which peers a direction's rules name: the start of their fields. */
type End = "from" | "to";

/** Holds for every rule `r` of both directions. */
export function everyRule(valid: (end: End) => string): string {
  return everySpec(`s.?ingress.orValue([]).all(r, ${valid("from")}) && s.?egress.orValue([]).all(r, ${valid("to")})`);
}

/** Whether a rule names peers. One without any matches everybody on its ports, and nobody where it has no ports either. */
export function namesPeers(end: End): string {
  return end === "from" ? `r.exists(k, k.startsWith("from"))` : `r.exists(k, k.startsWith("to") && k != "toPorts")`;
}

/** The label by which Cilium selects namespaces, behind any source prefix. */
export const NAMESPACE_LABEL = "io.kubernetes.pod.namespace";

/** Before the name of a label of the namespace. */
export const NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels.";
