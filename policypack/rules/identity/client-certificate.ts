import { rule } from "../../engine/rule";

/** Identities are not made with client certificates. */
export const clientCertificate = rule({
  id: "identity/client-certificate",
  severity: "medium",
  title: "Identities are not made with client certificates",
  why: "A client certificate cannot be revoked, and its groups cannot be changed, until it expires.",
  standards: { cis: ["3.1.1"], iso27002: ["5.17", "8.5"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["certificates.k8s.io/CertificateSigningRequest"],
  valid: `object.spec.signerName != "kubernetes.io/kube-apiserver-client"`,
  message: "asks for a client certificate for the API server",
  field: "spec.signerName",
  remedy: "Let people sign in with OpenID Connect and programs with service account tokens.",
  notAtAdmission: "Requests come from people and nodes, not from the program's own namespaces.",
});
