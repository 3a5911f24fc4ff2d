import { rule } from "../../engine/rule";
import { labelledKinds, objectLabels, recommendedLabels, written } from "./_labels";

/** Objects carry the six recommended labels. */
export const recommended = rule({
  id: "labels/recommended",
  severity: "low",
  title: "Objects carry the six recommended labels",
  why: "component, part-of and managed-by say what an object does in its app and who may change it.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: recommended labels"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  scope: "suite",
  subject: "object",
  kinds: labelledKinds,
  when: written,
  valid: `${recommendedLabels}.all(key, key in ${objectLabels})`,
  message: "lacks one of the recommended labels app.kubernetes.io/*",
  field: "metadata.labels",
  remedy: "Add app.kubernetes.io/name, instance, version, component, part-of and managed-by.",
});
