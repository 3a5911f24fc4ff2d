import { rule } from "../../engine/rule";
import { notBootstrapped, notGrantedOnAny, roleKinds } from "./_rbac";
import type { GrantedResources } from "./_rbac";

/** What the API server and operators make pods of, as they are told; by group, as others have resources of these names. */
const makers: readonly GrantedResources[] = [
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
  { apiGroups: ["sources.knative.dev"], resources: ["containersources"] },
  { apiGroups: ["apps.openshift.io"], resources: ["deploymentconfigs"] },
  {
    apiGroups: ["build.openshift.io"],
    resources: ["builds", "buildconfigs", "buildconfigs/instantiate", "buildconfigs/instantiatebinary"],
  },
  { apiGroups: ["tekton.dev"], resources: ["taskruns", "pipelineruns"] },
  { apiGroups: ["keda.sh"], resources: ["scaledjobs"] },
  { apiGroups: ["batch.volcano.sh", "flow.volcano.sh"], resources: ["jobs", "jobflows"] },
  { apiGroups: ["ray.io"], resources: ["rayclusters", "rayjobs", "rayservices"] },
  { apiGroups: ["jobset.x-k8s.io"], resources: ["jobsets"] },
  { apiGroups: ["leaderworkerset.x-k8s.io"], resources: ["leaderworkersets"] },
  {
    apiGroups: ["kubeflow.org"],
    resources: ["pytorchjobs", "tfjobs", "mpijobs", "xgboostjobs", "paddlejobs", "jaxjobs", "notebooks"],
  },
  { apiGroups: ["trainer.kubeflow.org"], resources: ["trainjobs"] },
  { apiGroups: ["sparkoperator.k8s.io"], resources: ["sparkapplications", "scheduledsparkapplications"] },
  {
    apiGroups: ["apps.kruise.io"],
    resources: [
      "clonesets",
      "statefulsets",
      "daemonsets",
      "advancedcronjobs",
      "broadcastjobs",
      "uniteddeployments",
      "sidecarsets",
    ],
  },
  {
    apiGroups: ["monitoring.coreos.com"],
    resources: ["prometheuses", "prometheusagents", "alertmanagers", "thanosrulers"],
  },
  { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters", "poolers"] },
  {
    apiGroups: ["kafka.strimzi.io"],
    resources: ["kafkas", "kafkanodepools", "kafkaconnects", "kafkabridges", "kafkamirrormaker2s"],
  },
  {
    apiGroups: ["serving.kserve.io"],
    resources: ["inferenceservices", "inferencegraphs", "servingruntimes", "clusterservingruntimes"],
  },
  { apiGroups: ["opentelemetry.io"], resources: ["opentelemetrycollectors", "instrumentations"] },
  {
    apiGroups: ["actions.github.com"],
    resources: ["autoscalingrunnersets", "ephemeralrunnersets", "ephemeralrunners", "autoscalinglisteners"],
  },
  {
    apiGroups: ["actions.summerwind.dev"],
    resources: ["runners", "runnersets", "runnerreplicasets", "runnerdeployments"],
  },
  {
    apiGroups: ["kubevirt.io"],
    resources: ["virtualmachines", "virtualmachineinstances", "virtualmachineinstancereplicasets"],
  },
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
  valid: notGrantedOnAny(makers, { verbs: ["create", "update", "patch"] }),
  message: "allows creating or changing workloads",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; patch named workloads instead of creating any.",
});
