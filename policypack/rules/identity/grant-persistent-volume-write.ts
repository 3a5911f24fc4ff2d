import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow creating persistent volumes. */
export const grantPersistentVolumeWrite = rule({
  id: "identity/grant-persistent-volume-write",
  severity: "high",
  title: "Roles do not allow creating persistent volumes",
  why: "A PersistentVolume of type hostPath opens the files of a node to a pod that Pod Security lets through, for the pod itself only names a claim.",
  standards: { iso27002: ["5.15", "5.18", "8.2"], cis: ["5.1.9"], kubescape: ["C-0278"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({ apiGroups: [""], resources: ["persistentvolumes"], verbs: ["create", "update", "patch"] }),
  message: "allows creating persistent volumes",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; let a provisioner create volumes.",
});
