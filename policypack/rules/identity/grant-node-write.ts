import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing nodes. */
export const grantNodeWrite = rule({
  id: "identity/grant-node-write",
  severity: "high",
  title: "Roles do not allow changing nodes",
  why: "Labels and taints decide which pods a node gets: who changes them draws workloads and their Secrets to a node of their own, or empties the others; the status names the address and port where the API server finds the kubelet.",
  standards: { iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: [""],
    resources: ["nodes", "nodes/status"],
    verbs: writeVerbs,
  }),
  message: "allows changing nodes",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; leave labels and taints to who adds the nodes.",
});
