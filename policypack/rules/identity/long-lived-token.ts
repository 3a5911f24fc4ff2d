import { rule } from "../../engine/rule";

/** Service account tokens expire. */
export const longLivedToken = rule({
  id: "identity/long-lived-token",
  severity: "high",
  title: "Service account tokens expire",
  why: "A Secret of this type is a token without end, readable by whoever reads Secrets.",
  standards: { iso27002: ["5.17", "8.5"], kyverno: ["deny-secret-service-account-token-type"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["Secret"],
  scope: "cluster",
  notAtAdmission:
    "a guard of its own refuses it there, in every namespace, and leaves the controllers' updates of what exists alone",
  valid: `object.?type.orValue("Opaque") != "kubernetes.io/service-account-token"`,
  message: "is a service account token that never expires",
  field: "type",
  remedy: "Use a projected token volume or the TokenRequest API.",
});
