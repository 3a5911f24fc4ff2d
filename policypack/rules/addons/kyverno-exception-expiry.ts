import { rule } from "../../engine/rule";

/** Exceptions from Kyverno policies have a last day: in the specification, or as a time to live for Kyverno's cleanup. */
export const kyvernoExceptionExpiry = rule({
  id: "addons/kyverno-exception-expiry",
  severity: "medium",
  title: "Exceptions from Kyverno policies end",
  why: "An exception for a week outlives everyone who knew what it was for.",
  standards: { iso27002: ["8.9", "5.36"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["policies.kyverno.io/PolicyException", "kyverno.io/PolicyException"],
  valid: `object.spec.?expiresAt.orValue("") != "" ||
    object.metadata.?labels[?"cleanup.kyverno.io/ttl"].orValue("") != ""`,
  message: "holds for ever",
  field: "spec.expiresAt",
  remedy: "Set spec.expiresAt (policies.kyverno.io/v1), or the label cleanup.kyverno.io/ttl.",
});
