import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { stackRule } from "../../engine/rule";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { selects } from "../../engine/stack";
import type { StackIndex } from "../../engine/stack";
import { isOperatorBuilt } from "../../engine/workload";
import { podLabels } from "../availability/_scale";
import { deploysIn, owned } from "./_selection";

/** The namespaces that a selector names; undefined where others may match as well. */
function namedNamespaces(selector: JsonObject): readonly string[] | undefined {
  const name = asString(at(selector, "matchLabels", NAMESPACE_NAME_LABEL));
  if (name !== undefined) return [name];
  const listed = asObjects(selector["matchExpressions"]).find(
    ({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === "In",
  );
  return listed && asList(listed["values"]).flatMap((value) => asString(value) ?? []);
}

/** Whether the stack holds every pod of a namespace: it deploys there, and no operator makes more. */
function isComplete(namespace: string, stack: StackIndex): boolean {
  return (
    stack.namespace(namespace) !== undefined &&
    deploysIn(namespace, stack) &&
    !stack.inNamespace(namespace).some(({ kind }) => isOperatorBuilt(kind))
  );
}

/** Whether a peer matches no pod of the namespaces it names. Where one of them is not wholly in the stack, nobody knows. */
function dangles(peer: JsonObject, own: string, stack: StackIndex): boolean {
  const pods = asObject(peer["podSelector"]);
  const other = asObject(peer["namespaceSelector"]);
  const namespaces = other === undefined ? [own] : namedNamespaces(other);
  if (pods === undefined || namespaces === undefined) return false;
  return namespaces.every(
    (namespace) =>
      isComplete(namespace, stack) &&
      !stack.workloads(namespace).some((workload) => selects(pods, podLabels(workload))),
  );
}

/** Network policies name peers that the stack has. */
export const policyPeer = stackRule({
  id: "stack/policy-peer",
  severity: "low",
  title: "Network policies name peers that the stack has",
  why: "A peer that matches nothing lets nobody through: most often its labels are misspelt, or what it was for is gone and the next pod with its labels gets in.",
  standards: { cis: ["5.3.2"], iso27002: ["8.22"], kubeLinter: ["dangling-networkpolicypeer-podselector"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "names a peer that matches no pod",
  remedy: "Make the peer's podSelector the labels of the pod template, or remove the peer.",
  select: (stack) => owned(stack, stack.ofKind("networking.k8s.io/NetworkPolicy")),
  check: (policy, stack) =>
    (["ingress", "egress"] as const).flatMap((direction) =>
      asObjects(at(policy.object, "spec", direction))
        .flatMap((rule) => asObjects(rule[direction === "ingress" ? "from" : "to"]))
        .filter((peer) => dangles(peer, policy.namespace, stack))
        .map((peer) => ({
          message: `names a peer that matches no pod: ${JSON.stringify(peer["podSelector"])}`,
          field: `spec.${direction}`,
        })),
    ),
});
