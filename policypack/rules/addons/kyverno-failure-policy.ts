import { rule } from "../../engine/rule";

/** Kyverno policies fail closed. */
export const kyvernoFailurePolicy = rule({
  id: "addons/kyverno-failure-policy",
  severity: "high",
  title: "Kyverno policies fail closed",
  why: "With failurePolicy Ignore everything passes while Kyverno does not answer.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "policies.kyverno.io/ValidatingPolicy",
    "policies.kyverno.io/ImageValidatingPolicy",
    "kyverno.io/ClusterPolicy",
    "kyverno.io/Policy",
  ],
  valid: `object.spec.?failurePolicy.orValue("Fail") == "Fail" &&
    object.spec.?webhookConfiguration.?failurePolicy.orValue("Fail") == "Fail"`,
  message: "lets objects pass while Kyverno does not answer",
  field: "spec",
  remedy: "Set failurePolicy: Fail.",
});
