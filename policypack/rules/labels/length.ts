import { rule } from "../../engine/rule";
import { labelledKinds, objectLabels, recommendedLabels, written } from "./_labels";

/** Recommended labels have at most 63 characters. */
export const length = rule({
  id: "labels/length",
  severity: "low",
  title: "Recommended labels have at most 63 characters",
  why: "The API server refuses a longer value, and then not the object alone but the whole release fails.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: length"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: labelledKinds,
  when: written,
  valid: `${recommendedLabels}.all(key, ${objectLabels}[?key].orValue("").size() <= 63)`,
  message: "has a label app.kubernetes.io/* of more than 63 characters",
  field: "metadata.labels",
  remedy: "Shorten the value to 63 characters.",
  notAtAdmission: "The API server's own validation of labels refuses such an object before policies see it.",
});
