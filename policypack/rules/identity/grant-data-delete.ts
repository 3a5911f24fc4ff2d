import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";
import type { Grant } from "./_rbac";

/** What holds data, or takes it along when it goes. */
const stores: readonly Pick<Grant, "apiGroups" | "resources">[] = [
  { apiGroups: [""], resources: ["namespaces", "persistentvolumeclaims", "persistentvolumes"] },
  { apiGroups: ["snapshot.storage.k8s.io"], resources: ["volumesnapshots", "volumesnapshotcontents"] },
  { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"] },
];

/** Roles do not allow deleting data. */
export const grantDataDelete = rule({
  id: "identity/grant-data-delete",
  severity: "medium",
  title: "Roles do not allow deleting data",
  why: "Who deletes volume claims, databases or whole namespaces destroys what only a backup brings back; ransomware begins with such a right.",
  standards: { iso27002: ["5.15", "8.10", "8.13"], kubescape: ["C-0007"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: stores
    .map(({ apiGroups, resources }) => notGranted({ apiGroups, resources, verbs: ["delete", "deletecollection"] }))
    .join(" && "),
  message: "allows deleting data",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; operators delete what they made through owner references.",
});
