import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow issuing tokens for service accounts. */
export const grantTokenCreate = rule({
  id: "identity/grant-token-create",
  severity: "high",
  title: "Roles do not allow issuing tokens for service accounts",
  why: "Whoever may request a token for a service account acts with all its rights, without a trace of who he was.",
  standards: { iso27002: ["5.15", "5.18", "8.2"], cis: ["5.1.13"], kubescape: ["C-0282"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }),
  message: "allows issuing tokens for any service account",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; list the service accounts in resourceNames.",
});
