import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow adding ephemeral containers. */
export const grantEphemeralContainer = rule({
  id: "identity/grant-ephemeral-container",
  severity: "high",
  title: "Roles do not allow adding ephemeral containers",
  why: "An ephemeral container brings an image of the caller's choice into a running pod, next to its memory and volumes: a command in the pod by another door, which rules on pods/exec do not close.",
  standards: { iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({ apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["update", "patch"] }),
  message: "allows adding containers to running pods",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; give it to people for the time of an incident.",
});
