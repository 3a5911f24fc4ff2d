import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow making or changing any Secret. */
export const grantSecretWrite = rule({
  id: "identity/grant-secret-write",
  severity: "high",
  title: "Roles do not allow making or changing any Secret",
  why: "Kubernetes fills a Secret of type kubernetes.io/service-account-token with a token of whatever account of the namespace it names; and who changes a Secret chooses the passwords, keys and addresses that others work with.",
  standards: { iso27002: ["5.15", "5.18", "8.2"], cis: ["5.1.2"], trivy: ["KSV-0041", "KSV-0113"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  // k8s.io/kubernetes, pkg/controller/serviceaccount/tokens_controller.go.
  valid: notGranted({
    apiGroups: [""],
    resources: ["secrets"],
    verbs: ["create", "update", "patch"],
  }),
  message: "allows making or changing every Secret in reach",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; let External Secrets or cert-manager make Secrets, and list those in resourceNames that are changed.",
});
