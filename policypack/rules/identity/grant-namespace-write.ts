import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow changing namespaces. */
export const grantNamespaceWrite = rule({
  id: "identity/grant-namespace-write",
  severity: "high",
  title: "Roles do not allow changing namespaces",
  why: "Pod Security, default deny and every policy here are chosen by labels of the namespace: who changes those leaves them. A new namespace has none.",
  standards: { iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({ apiGroups: [""], resources: ["namespaces"], verbs: ["create", "update", "patch", "delete"] }),
  message: "allows changing the labels that protect a namespace",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; let the platform make namespaces.",
});
