import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";
import type { Grant } from "./_rbac";

/** What the API server and operators make pods of, as they are told; by group, as others have resources of these names. */
const makers: readonly Pick<Grant, "apiGroups" | "resources">[] = [
  {
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
  },
  { apiGroups: ["argoproj.io"], resources: ["rollouts", "workflows", "cronworkflows"] },
  { apiGroups: ["serving.knative.dev"], resources: ["services", "configurations"] },
  { apiGroups: ["apps.openshift.io"], resources: ["deploymentconfigs"] },
  { apiGroups: ["tekton.dev"], resources: ["taskruns", "pipelineruns"] },
  { apiGroups: ["keda.sh"], resources: ["scaledjobs"] },
];

/** Roles do not allow creating or changing workloads. */
export const grantWorkloadCreate = rule({
  id: "identity/grant-workload-create",
  severity: "medium",
  title: "Roles do not allow creating or changing workloads",
  why: "A pod mounts any Secret and uses any service account of its namespace, so who creates pods has those too.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    cis: ["5.1.4"],
    trivy: ["KSV-0048"],
    kubeLinter: ["access-to-create-pods"],
    kubescape: ["C-0188"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: makers
    .map(({ apiGroups, resources }) => notGranted({ apiGroups, resources, verbs: ["create", "update", "patch"] }))
    .join(" && "),
  message: "allows creating or changing workloads",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; patch named workloads instead of creating any.",
});
