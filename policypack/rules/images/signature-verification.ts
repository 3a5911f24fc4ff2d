import { stackRule } from "../../engine/rule";
import { enforcedVerifications, imagePolicies } from "./_verification";

/** Signatures of images are verified in every namespace of the suite. */
export const signatureVerification = stackRule({
  id: "images/signature-verification",
  severity: "medium",
  title: "Signatures of images are verified in every namespace of the suite",
  why: "Without verification whoever may push to the registry, or sits between it and the cluster, decides what runs.",
  standards: { cis: ["5.5.1"], iso27002: ["5.21", "8.19"], kyverno: ["verify-image"], kubescape: ["C-0236", "C-0237"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "has no policy that refuses images without a valid signature",
  remedy: "Add a Kyverno ImageValidatingPolicy with validationActions [Deny] whose namespaceSelector selects it.",
  select: (stack) => stack.ownedNamespaces("suite"),
  check: (namespace, stack) =>
    imagePolicies(stack, namespace).length > 0 || enforcedVerifications(stack).length > 0 ? [] : [{}],
});
