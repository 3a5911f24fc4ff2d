import { rule } from "../../engine/rule";

/** Kyverno policies refuse what breaks them. Those of kyverno.io say so for all rules, or for each of its own. */
export const kyvernoEnforces = rule({
  id: "addons/kyverno-enforces",
  severity: "high",
  title: "Kyverno policies refuse what breaks them",
  why: "A policy in audit mode writes a report that nobody waits for, and the object runs.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: [
    "policies.kyverno.io/ValidatingPolicy",
    "policies.kyverno.io/ImageValidatingPolicy",
    "kyverno.io/ClusterPolicy",
    "kyverno.io/Policy",
  ],
  valid: `object.spec.?validationActions.orValue(["Deny"]).exists(a, a == "Deny") &&
    object.spec.?rules.orValue([]).all(r, !has(r.validate) ||
      r.validate.?failureAction.orValue(object.spec.?validationFailureAction.orValue("Audit")).lowerAscii() == "enforce")`,
  message: "only reports what breaks it",
  field: "spec",
  remedy: "Set validationActions: [Deny], in policies of kyverno.io failureAction: Enforce.",
});
