import { asList, asObject, asObjects, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { namespaceLabels, selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";

/** The Kyverno ImageValidatingPolicies that refuse (the default action is Deny) and look at this namespace. */
export function imagePolicies(stack: StackIndex, namespace: StackObject): readonly JsonObject[] {
  return stack
    .ofKind("policies.kyverno.io/ImageValidatingPolicy")
    .map(({ object }) => object)
    .filter((object) => {
      const actions = asList(at(object, "spec", "validationActions"));
      const selector = asObject(at(object, "spec", "matchConstraints", "namespaceSelector"));
      return (
        (actions.length === 0 || actions.includes("Deny")) &&
        asList(at(object, "spec", "attestors")).length > 0 &&
        (selector === undefined || selects(selector, namespaceLabels(namespace)))
      );
    });
}

/** The image verifications of Kyverno's ClusterPolicies that refuse; the rule's own action comes first. */
export function enforcedVerifications(stack: StackIndex): readonly JsonObject[] {
  return stack.ofKind("kyverno.io/ClusterPolicy").flatMap(({ object }) => {
    const whole = at(object, "spec", "validationFailureAction");
    return asObjects(at(object, "spec", "rules"))
      .flatMap((rule) => asObjects(rule["verifyImages"]))
      .filter((entry) => (entry["failureAction"] ?? whole) === "Enforce");
  });
}
