import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow creating or changing workloads. */
export const grantWorkloadCreate = rule({
  id: "identity/grant-workload-create",
  severity: "medium",
  title: "Roles do not allow creating or changing workloads",
  why: "A pod mounts any Secret and uses any service account of its namespace, so who creates pods has those too.",
  standards: {
    bio: ["5.15", "5.18", "8.2"],
    cis: ["5.1.4"],
    trivy: ["KSV-0048"],
    kubeLinter: ["access-to-create-pods"],
    kubescape: ["C-0188"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["", "apps", "batch"],
    resources: [
      "pods",
      "deployments",
      "statefulsets",
      "daemonsets",
      "replicasets",
      "replicationcontrollers",
      "jobs",
      "cronjobs",
    ],
    verbs: ["create", "update", "patch"],
  }),
  message: "allows creating or changing workloads",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; patch named workloads instead of creating any.",
});
