import { rule } from "../../engine/rule";
import { noName, notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow bind or escalate. */
export const grantRoleEscalation = rule({
  id: "identity/grant-role-escalation",
  severity: "critical",
  title: "Roles do not allow bind or escalate",
  why: "These verbs switch off the check that nobody hands out more rights than he has: with them every right in the cluster is one step away.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    cis: ["5.1.8"],
    nsa: true,
    checkov: ["CKV_K8S_158", "CKV_K8S_157", "CKV2_K8S_1"],
    trivy: ["KSV-0050", "KSV-0051", "KSV-0052", "KSV-0055"],
    kyverno: ["restrict-escalation-verbs-roles"],
    kubescape: ["C-0191"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["rbac.authorization.k8s.io"],
    resources: ["roles", "clusterroles"],
    verbs: ["bind", "escalate"],
    // A role that may be escalated gets any right, whatever its name.
    named: `${noName("^(cluster-admin|admin|edit|system:)")} && !r.verbs.exists(v, v in ["*", "escalate"])`,
  }),
  message: "allows handing out rights that its holder does not have",
  field: "rules",
  remedy:
    "Give this right only to who needs it, bind for roles named in resourceNames, none of them built in; escalate not at all.",
});
