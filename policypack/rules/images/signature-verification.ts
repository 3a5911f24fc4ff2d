import { stackRule } from "../../engine/rule";
import { asList, asObject, asObjects, at } from "../../engine/json";
import { namespaceLabels, selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";

/** A Kyverno ImageValidatingPolicy that refuses (the default action is Deny) and looks at this namespace. */
function validates({ object }: StackObject, namespace: StackObject): boolean {
  const actions = asList(at(object, "spec", "validationActions"));
  const selector = asObject(at(object, "spec", "matchConstraints", "namespaceSelector"));
  return (
    (actions.length === 0 || actions.includes("Deny")) &&
    asList(at(object, "spec", "attestors")).length > 0 &&
    (selector === undefined || selects(selector, namespaceLabels(namespace)))
  );
}

/** A rule of a Kyverno ClusterPolicy that verifies images and refuses. */
function verifies({ object }: StackObject): boolean {
  const whole = at(object, "spec", "validationFailureAction");
  return asObjects(at(object, "spec", "rules")).some((rule) =>
    asObjects(rule["verifyImages"]).some((entry) => (entry["failureAction"] ?? whole) === "Enforce"),
  );
}

function isCovered(namespace: StackObject, stack: StackIndex): boolean {
  return (
    stack.ofKind("policies.kyverno.io/ImageValidatingPolicy").some((policy) => validates(policy, namespace)) ||
    stack.ofKind("kyverno.io/ClusterPolicy").some(verifies)
  );
}

/** Signatures of images are verified in every namespace of the suite. */
export const signatureVerification = stackRule({
  id: "images/signature-verification",
  severity: "medium",
  title: "Signatures of images are verified in every namespace of the suite",
  why: "Without verification whoever may push to the registry, or sits between it and the cluster, decides what runs.",
  standards: { cis: ["5.5.1"], bio: ["5.21", "8.19"], kyverno: ["verify-image"], kubescape: ["C-0236", "C-0237"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "has no policy that refuses images without a valid signature",
  remedy: "Add a Kyverno ImageValidatingPolicy with validationActions [Deny] whose namespaceSelector selects it.",
  select: (stack) => stack.ownedNamespaces("suite"),
  check: (namespace, stack) => (isCovered(namespace, stack) ? [] : [{}]),
});
