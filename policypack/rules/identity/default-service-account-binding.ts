import { rule } from "../../engine/rule";
import { SERVICE_ACCOUNT_USER, bindingKinds } from "./_rbac";

/** Default service accounts have no rights. */
export const defaultServiceAccountBinding = rule({
  id: "identity/default-service-account-binding",
  severity: "high",
  title: "Default service accounts have no rights",
  why: "Every pod that names no service account gets the default one and so its rights.",
  standards: { cis: ["5.1.5"], iso27002: ["5.15", "5.18"], checkov: ["CKV_K8S_42"], kubescape: ["C-0189"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: bindingKinds,
  valid: `object.?subjects.orValue([]).all(s, (s.kind != "ServiceAccount" || s.name != "default") &&
    (!s.name.startsWith("${SERVICE_ACCOUNT_USER}") || !s.name.endsWith(":default")))`,
  message: "gives rights to a default service account",
  field: "subjects",
  remedy: "Make a service account for the workload and bind that.",
});
