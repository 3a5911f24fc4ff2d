import { rule } from "../../engine/rule";

/** Secrets outlive a gap in the store. */
export const deletionPolicy = rule({
  id: "secrets/deletion-policy",
  severity: "medium",
  title: "Secrets outlive a gap in the store",
  why: "With deletionPolicy Delete an entry that is missing for a moment, by mistake or by a right that is lost, takes the Secret from under the pods that use it, or, pushed, the entry from the store.",
  standards: { iso27002: ["8.14", "5.17"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "external-secrets.io/ExternalSecret",
    "external-secrets.io/ClusterExternalSecret",
    "external-secrets.io/PushSecret",
  ],
  valid: `object.?spec.?target.?deletionPolicy.orValue("") != "Delete" &&
    object.?spec.?externalSecretSpec.?target.?deletionPolicy.orValue("") != "Delete" &&
    object.?spec.?deletionPolicy.orValue("") != "Delete"`,
  message: "deletes with its counterpart",
  field: "spec",
  remedy:
    "Set deletionPolicy Retain on external secrets and None on pushed ones, and delete by hand what is no longer needed.",
});
