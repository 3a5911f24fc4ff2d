import { rule } from "../../engine/rule";
import { SERVICE_ACCOUNT_GROUP as GROUP, SERVICE_ACCOUNT_USER as USER } from "./_rbac";

/** Rights in a namespace go to its own service accounts. */
export const crossNamespaceBinding = rule({
  id: "identity/cross-namespace-binding",
  severity: "medium",
  title: "Rights in a namespace go to its own service accounts",
  why: "A pod of another app that is broken into then acts in this namespace too.",
  standards: { iso27002: ["5.15", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["rbac.authorization.k8s.io/RoleBinding"],
  when: "object.metadata.?namespace.hasValue()",
  // Only service accounts have a namespace; they are users and groups as well (Kubernetes, "Using RBAC Authorization",
  // Referring to subjects).
  valid: `object.?subjects.orValue([]).all(s, s.?namespace.orValue(object.metadata.namespace) == object.metadata.namespace &&
    (!s.name.startsWith("${USER}") || s.name.startsWith("${USER}" + object.metadata.namespace + ":")) &&
    (!s.name.startsWith("${GROUP}") || s.name == "${GROUP}" + object.metadata.namespace))`,
  message: "gives rights to a service account of another namespace",
  field: "subjects",
  remedy: "Bind a service account of the same namespace; exempt an operator that must reach many.",
});
