import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow reading all Secrets. */
export const grantSecretRead = rule({
  id: "identity/grant-secret-read",
  severity: "high",
  title: "Roles do not allow reading all Secrets",
  why: "The Secrets of a namespace hold the passwords of its databases and the tokens of its service accounts; get, list and watch show the content, and so does the answer to a patch or to the deletion of a collection.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    cis: ["5.1.2"],
    nsa: true,
    checkov: ["CKV2_K8S_5"],
    trivy: ["KSV-0041", "KSV-0113"],
    kyverno: ["restrict-secret-role-verbs"],
    kubeLinter: ["access-to-secrets"],
    kubescape: ["C-0015", "C-0186"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  // The answer to a PATCH is the object, also where nothing changes; that to a deletion of a collection is the list
  // of what was deleted (k8s.io/apiserver, endpoints/handlers/patch.go and delete.go).
  valid: notGranted({
    apiGroups: [""],
    resources: ["secrets"],
    verbs: ["get", "list", "watch", "patch", "deletecollection"],
  }),
  message: "allows reading every Secret in reach",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; list the Secrets in resourceNames.",
});
