import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow deleting events. */
export const grantEventDelete = rule({
  id: "identity/grant-event-delete",
  severity: "medium",
  title: "Roles do not allow deleting events",
  why: "Who deletes events removes the traces of what was done.",
  standards: { iso27002: ["8.15"], trivy: ["KSV-0042"], kubescape: ["C-0031"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({ apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["delete", "deletecollection"] }),
  message: "allows deleting events",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; events expire by themselves.",
});
