import { rule } from "../../engine/rule";

/** Custom resources keep no fields that their schema does not know. */
export const crdUnknownFields = rule({
  id: "addons/crd-unknown-fields",
  severity: "medium",
  title: "Custom resources keep no fields that their schema does not know",
  why: "A field that is misspelt is kept, shown and never read: the setting that should harden does nothing.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["apiextensions.k8s.io/CustomResourceDefinition"],
  valid: `!object.spec.?preserveUnknownFields.orValue(false)`,
  message: "keeps fields that its schema does not know",
  field: "spec.preserveUnknownFields",
  remedy: "Set preserveUnknownFields: false and give every version a schema.",
});
