import { rule } from "../../engine/rule";
import { label } from "../../../lib/labels";

/** Namespaces name their owner and the class of their data. */
export const ownership = rule({
  id: "namespaces/ownership",
  severity: "low",
  title: "Namespaces name their owner and the class of their data",
  why: "In an incident somebody must be called, and the class of the data decides what has to be reported to whom (BIO2; General Data Protection Regulation, article 33).",
  standards: {
    iso27002: ["5.9", "5.12", "5.13"],
    gatekeeper: ["requiredlabels"],
    kyverno: ["require-labels"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["Namespace"],
  valid: `[${[label.owner, label.dataClassification].map((key) => `"${key}"`).join(", ")}].all(key, object.metadata.?labels[?key].orValue("") != "")`,
  message: "does not say who owns it or what class of data it holds",
  field: "metadata.labels",
  remedy: "Set the labels mijnbureau-platform/owner and mijnbureau-platform/data-classification.",
});
