import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing the definitions of custom resources. */
export const grantDefinitionWrite = rule({
  id: "identity/grant-definition-write",
  severity: "critical",
  title: "Roles do not allow changing the definitions of custom resources",
  why: "The conversion webhook of a definition reads and rewrites every object of its kind, past admission; deleting a definition deletes all its objects.",
  standards: { iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    verbs: writeVerbs,
  }),
  message: "allows changing the definitions of custom resources",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; install definitions with the platform, not by the operator that uses them.",
});
