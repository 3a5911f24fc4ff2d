import { rule } from "../../engine/rule";

/** External secrets can change the Secret that they write. */
export const immutableExternalSecret = rule({
  id: "secrets/immutable-external-secret",
  severity: "low",
  title: "External secrets can change the Secret that they write",
  why: "An immutable Secret keeps its first value: a password that is rotated or withdrawn in the store stays in use, and every refresh fails.",
  standards: { iso27002: ["5.17"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["external-secrets.io/ExternalSecret"],
  valid: `!object.spec.?target.?immutable.orValue(false)`,
  message: "freezes the Secret that it refreshes",
  field: "spec.target.immutable",
  remedy: "Remove target.immutable.",
});
