import { rule } from "../../engine/rule";
import { noName, notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow impersonation. */
export const grantImpersonation = rule({
  id: "identity/grant-impersonation",
  severity: "critical",
  title: "Roles do not allow impersonation",
  why: "Who may impersonate without limit becomes an administrator by naming one.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    cis: ["5.1.8"],
    nsa: true,
    checkov: ["CKV2_K8S_3"],
    trivy: ["KSV-0043"],
    kyverno: ["restrict-escalation-verbs-roles"],
    kubescape: ["C-0065"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["", "authentication.k8s.io"],
    resources: ["users", "groups", "serviceaccounts", "uids", "userextras", "nodes"],
    // Constrained impersonation (KEP-5284); that of the node which a pod runs on is what agents on nodes have.
    verbs: ["impersonate", "impersonate:user-info", "impersonate:serviceaccount", "impersonate:arbitrary-node"],
    // Administrators, nodes and the control plane (Kubernetes, "Using RBAC Authorization", Default roles and role bindings).
    named: noName("^system:(admin|masters|node|kube-|serviceaccounts?:kube-system)"),
  }),
  message: "allows acting as anybody",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; list the users or groups in resourceNames.",
});
