import { rule } from "../../engine/rule";
import { labelledKinds, objectLabels, recommendedLabels, written } from "./_labels";

/** Recommended labels are not empty. */
export const notEmpty = rule({
  id: "labels/not-empty",
  severity: "low",
  title: "Recommended labels are not empty",
  why: "An empty value selects nothing and hides that the label is missing.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: empty"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: labelledKinds,
  when: written,
  valid: `${recommendedLabels}.all(key, ${objectLabels}[?key].orValue("set") != "")`,
  message: "has an empty label app.kubernetes.io/*",
  field: "metadata.labels",
  remedy: "Fill in the value or remove the label.",
});
