import { rule } from "../../engine/rule";

/** ConfigMaps and Secrets named by their content (kustomize's hash suffix) are immutable. */
export const hashedImmutable = rule({
  id: "secrets/hashed-immutable",
  severity: "low",
  title: "ConfigMaps and Secrets named by their content are immutable",
  why: "The name promises that the content never changes: what changes it all the same, by mistake or on purpose, goes unseen by every pod that starts later.",
  standards: { iso27002: ["8.9", "8.32"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "object",
  kinds: ["ConfigMap", "Secret"],
  valid: `!object.metadata.?name.orValue("").matches("-[2456789bcdfghkmt]{10}$") || object.?immutable.orValue(false)`,
  message: "carries a hash in its name and can be changed",
  field: "immutable",
  remedy: "Set immutable: true.",
});
