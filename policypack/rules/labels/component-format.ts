import { rule } from "../../engine/rule";
import { dnsLabel, labelledKinds, written } from "./_labels";

/** The label app.kubernetes.io/component is in lower case, with digits and hyphens. */
export const componentFormat = rule({
  id: "labels/component-format",
  severity: "low",
  title: "The label app.kubernetes.io/component is in lower case, with digits and hyphens",
  why: "Tools build names, host names and queries from it; capitals, dots and underscores break them.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: component"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: labelledKinds,
  when: written,
  valid: dnsLabel("component"),
  message: "has a label app.kubernetes.io/component with other characters",
  field: "metadata.labels",
  remedy: "Use lower-case letters, digits and hyphens, starting and ending with a letter or digit.",
});
