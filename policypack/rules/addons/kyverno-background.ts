import { rule } from "../../engine/rule";

/** Kyverno policies are also held against what is there already. */
export const kyvernoBackground = rule({
  id: "addons/kyverno-background",
  severity: "low",
  title: "Kyverno policies judge what is there already",
  why: "What came before the policy, or while it was off, is in no report: the policy looks kept.",
  standards: { iso27002: ["8.9", "5.36"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: [
    "policies.kyverno.io/ValidatingPolicy",
    "policies.kyverno.io/ImageValidatingPolicy",
    "kyverno.io/ClusterPolicy",
    "kyverno.io/Policy",
  ],
  valid: `object.spec.?background.orValue(true) && object.spec.?evaluation.?background.?enabled.orValue(true)`,
  message: "judges new and changed objects only",
  field: "spec",
  remedy: "Leave evaluation.background.enabled (or background) on.",
});
