import { rule } from "../../engine/rule";
import { noName, notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow approving or signing certificates. */
export const grantCertificateApproval = rule({
  id: "identity/grant-certificate-approval",
  severity: "critical",
  title: "Roles do not allow approving or signing certificates",
  why: "A client certificate is an identity of the signer's choice, valid until it expires: it cannot be revoked.",
  standards: { iso27002: ["5.15", "5.18", "8.2"], cis: ["5.1.11"], checkov: ["CKV_K8S_156"], kubescape: ["C-0280"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["certificates.k8s.io"],
    resources: ["certificatesigningrequests/approval", "signers"],
    verbs: ["update", "patch", "approve", "sign"],
    // Signers of the API server's clients (Kubernetes, "Certificates and Certificate Signing Requests", Signers).
    named: noName("^kubernetes[.]io/(kube-apiserver-client|[*])"),
  }),
  message: "allows making identities by approving certificates",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; list the signers in resourceNames, those of clients of the API server not among them.",
});
