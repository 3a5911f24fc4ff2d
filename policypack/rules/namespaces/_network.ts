import { asList, asObject, asObjects, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";

/**
 * Whether a NetworkPolicy by itself denies all traffic of every pod in one direction: it selects all pods, has the
 * direction among its types, and allows nothing in it. Types that are not given are Ingress, and Egress only
 * where there are egress rules (Kubernetes API reference, NetworkPolicySpec).
 */
export function deniesAll(policy: JsonObject, direction: "Ingress" | "Egress"): boolean {
  const selector = asObject(at(policy, "spec", "podSelector")) ?? {};
  const selectsAll =
    Object.keys(asObject(selector["matchLabels"]) ?? {}).length === 0 &&
    asObjects(selector["matchExpressions"]).length === 0;
  const rules = asList(at(policy, "spec", direction === "Ingress" ? "ingress" : "egress"));
  const types = asList(at(policy, "spec", "policyTypes"));
  const covers = types.length > 0 ? types.includes(direction) : direction === "Ingress";
  return selectsAll && covers && rules.length === 0;
}
