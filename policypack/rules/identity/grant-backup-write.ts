import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow restoring, redirecting or deleting backups. */
export const grantBackupWrite = rule({
  id: "identity/grant-backup-write",
  severity: "high",
  title: "Roles do not allow restoring, redirecting or deleting backups",
  why: "A restore writes objects with Velero's rights, a storage location sends all data elsewhere, and a deleted backup is what an extortionist needs.",
  standards: { iso27002: ["8.13", "5.15"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["velero.io"],
    resources: [
      "restores",
      "backups",
      "backupstoragelocations",
      "volumesnapshotlocations",
      "deletebackuprequests",
      "downloadrequests",
      "schedules",
    ],
    verbs: writeVerbs,
  }),
  message: "allows restoring, redirecting or deleting backups",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; let the backup administrators do it.",
});
