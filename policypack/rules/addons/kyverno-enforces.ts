import { rule } from "../../engine/rule";

/** Kyverno policies refuse what breaks them. */
export const kyvernoEnforces = rule({
  id: "addons/kyverno-enforces",
  severity: "high",
  title: "Kyverno policies refuse what breaks them",
  why: "A policy in audit mode writes a report that nobody waits for, and the object runs.",
  standards: { bio: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["policies.kyverno.io/ValidatingPolicy", "policies.kyverno.io/ImageValidatingPolicy"],
  valid: `object.spec.?validationActions.orValue(["Deny"]).exists(a, a == "Deny")`,
  message: "only reports what breaks it",
  field: "spec.validationActions",
  remedy: "Set validationActions: [Deny].",
});
