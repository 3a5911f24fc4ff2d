import { rule } from "../../engine/rule";

/** Roles do not extend the built-in admin, edit and view. */
export const aggregatedRole = rule({
  id: "identity/aggregated-role",
  severity: "medium",
  title: "Roles do not extend the built-in admin, edit and view",
  why: "The label adds these rights to everybody who holds the built-in role, in every namespace, without a binding that shows it.",
  standards: { iso27002: ["5.15", "5.18"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["rbac.authorization.k8s.io/ClusterRole"],
  valid: `["admin", "edit", "view"].all(role, object.metadata.?labels.orValue({})[?"rbac.authorization.k8s.io/aggregate-to-" + role].orValue("false") != "true")`,
  message: "adds its rights to a built-in role",
  field: "metadata.labels",
  remedy: "Remove the rbac.authorization.k8s.io/aggregate-to-* labels and bind the role to who needs it.",
});
