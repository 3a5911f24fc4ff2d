import { rule } from "../../engine/rule";
import { minimumLabels, objectLabels, templateKinds, templateLabels, unowned } from "./_labels";

/** Pod templates carry the same name, instance and version as their workload. */
export const templateMatch = rule({
  id: "labels/template-match",
  severity: "low",
  title: "Pod templates carry the same name, instance and version as their workload",
  why: "Where they differ, a search by label finds the workload or its pods, never both.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: consistent labels"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "workload",
  kinds: templateKinds,
  when: unowned,
  valid: `${minimumLabels}.all(key, !(key in ${objectLabels}) || !(key in ${templateLabels}) ||\n  ${objectLabels}[key] == ${templateLabels}[key])`,
  message: "labels its pods otherwise than itself",
  field: "spec.template.metadata.labels",
  remedy: "Give app.kubernetes.io/name, instance and version the same value in both places.",
});
