import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing admission control. */
export const grantAdmissionWrite = rule({
  id: "identity/grant-admission-write",
  severity: "critical",
  title: "Roles do not allow changing admission control",
  why: "A webhook reads and changes every object on its way in, Secrets included; deleting a policy switches it off.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    cis: ["5.1.12"],
    checkov: ["CKV_K8S_155"],
    trivy: ["KSV-0114"],
    kyverno: ["restrict-clusterrole-mutating-validating-admission-webhooks"],
    kubescape: ["C-0281"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["admissionregistration.k8s.io"],
    resources: [
      "mutatingwebhookconfigurations",
      "validatingwebhookconfigurations",
      "validatingadmissionpolicies",
      "validatingadmissionpolicybindings",
      "mutatingadmissionpolicies",
      "mutatingadmissionpolicybindings",
    ],
    verbs: writeVerbs,
  }),
  message: "allows changing admission control",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; list the configurations in resourceNames.",
});
