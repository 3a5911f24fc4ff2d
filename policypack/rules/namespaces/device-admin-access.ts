import { rule } from "../../engine/rule";

/** Namespaces do not open administrative access to devices. */
export const deviceAdminAccess = rule({
  id: "namespaces/device-admin-access",
  severity: "high",
  title: "Namespaces do not open administrative access to devices",
  why: "With this label every ResourceClaim of the namespace may ask for devices that other pods use (KEP-5018).",
  standards: { iso27002: ["8.2", "8.3"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["Namespace"],
  valid: `object.metadata.?labels[?"resource.kubernetes.io/admin-access"].orValue("false") != "true"`,
  message: "opens administrative access to devices",
  field: "metadata.labels",
  remedy: "Remove the label resource.kubernetes.io/admin-access.",
});
