import { rule } from "../../engine/rule";

/** External secrets own the Secret that they write. */
export const externalSecretOwnership = rule({
  id: "secrets/external-secret-ownership",
  severity: "low",
  title: "External secrets own the Secret that they write",
  why: "A Secret without owner stays behind when its ExternalSecret goes, readable and never rotated again.",
  standards: { iso27002: ["8.10", "5.17"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["external-secrets.io/ExternalSecret"],
  valid: `object.spec.?target.?creationPolicy.orValue("Owner") in ["Owner", "Merge"]`,
  message: "leaves its Secret behind without owner",
  field: "spec.target.creationPolicy",
  remedy: "Set target.creationPolicy to Owner, or Merge for keys of a Secret that something else owns.",
});
