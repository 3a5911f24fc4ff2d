import { rule } from "../../engine/rule";
import { minimumLabels, templateKinds, templateLabels, unowned } from "./_labels";

/** Pod templates carry the minimum labels. */
export const templateMinimum = rule({
  id: "labels/template-minimum",
  severity: "low",
  title: "Pod templates carry the minimum labels",
  why: "The pods, not the object that makes them, appear in network policies, logs and metrics.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: pod template"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  scope: "suite",
  subject: "workload",
  kinds: templateKinds,
  when: unowned,
  valid: `${minimumLabels}.all(key, key in ${templateLabels})`,
  message: "makes pods without app.kubernetes.io/name, instance or version",
  field: "spec.template.metadata.labels",
  remedy: "Add the labels to the pod template too.",
});
