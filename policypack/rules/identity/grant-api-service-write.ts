import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing which services answer for the API server. */
export const grantApiServiceWrite = rule({
  id: "identity/grant-api-service-write",
  severity: "critical",
  title: "Roles do not allow changing which services answer for the API server",
  why: "An APIService hands a whole API group to a service of the caller's choice, which then sees every request for it, with who asks, and answers what it likes.",
  standards: { iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["apiregistration.k8s.io"],
    resources: ["apiservices"],
    verbs: writeVerbs,
  }),
  message: "allows changing which services answer for the API server",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; register aggregated API servers with the platform.",
});
