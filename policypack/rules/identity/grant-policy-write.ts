import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing policies or their exceptions. */
export const grantPolicyWrite = rule({
  id: "identity/grant-policy-write",
  severity: "critical",
  title: "Roles do not allow changing policies or their exceptions",
  why: "An exception is a hole in every policy it names; a mutating or generating policy acts with the policy engine's own rights.",
  standards: { iso27002: ["5.15", "8.9", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["kyverno.io", "policies.kyverno.io"],
    resources: [
      "clusterpolicies",
      "policies",
      "policyexceptions",
      "clustercleanuppolicies",
      "cleanuppolicies",
      "validatingpolicies",
      "mutatingpolicies",
      "generatingpolicies",
      "deletingpolicies",
      "imagevalidatingpolicies",
    ],
    verbs: writeVerbs,
  }),
  message: "allows changing policies or excepting from them",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; exceptions go through the platform's exemptions.",
});
