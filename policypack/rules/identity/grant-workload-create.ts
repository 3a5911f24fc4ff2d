import { rule } from "../../engine/rule";
import { notBootstrapped, notGrantedOnAny, roleKinds } from "./_rbac";

/** What the API server and operators make pods of, as they are told: resources by group. */
const makers: Readonly<Record<string, readonly string[]>> = {
  "": ["pods", "replicationcontrollers"],
  apps: ["deployments", "statefulsets", "daemonsets", "replicasets"],
  batch: ["jobs", "cronjobs"],
  "argoproj.io": ["rollouts", "workflows", "cronworkflows"],
  "serving.knative.dev": ["services", "configurations"],
  "sources.knative.dev": ["containersources"],
  "apps.openshift.io": ["deploymentconfigs"],
  "build.openshift.io": ["builds", "buildconfigs", "buildconfigs/instantiate", "buildconfigs/instantiatebinary"],
  "tekton.dev": ["taskruns", "pipelineruns"],
  "keda.sh": ["scaledjobs"],
  "batch.volcano.sh": ["jobs"],
  "flow.volcano.sh": ["jobflows"],
  "ray.io": ["rayclusters", "rayjobs", "rayservices"],
  "jobset.x-k8s.io": ["jobsets"],
  "leaderworkerset.x-k8s.io": ["leaderworkersets"],
  "kubeflow.org": ["pytorchjobs", "tfjobs", "mpijobs", "xgboostjobs", "paddlejobs", "jaxjobs", "notebooks"],
  "trainer.kubeflow.org": ["trainjobs"],
  "sparkoperator.k8s.io": ["sparkapplications", "scheduledsparkapplications"],
  "apps.kruise.io": [
    "clonesets",
    "statefulsets",
    "daemonsets",
    "advancedcronjobs",
    "broadcastjobs",
    "uniteddeployments",
    "sidecarsets",
  ],
  "monitoring.coreos.com": ["prometheuses", "prometheusagents", "alertmanagers", "thanosrulers"],
  "postgresql.cnpg.io": ["clusters", "poolers"],
  "kafka.strimzi.io": ["kafkas", "kafkanodepools", "kafkaconnects", "kafkabridges", "kafkamirrormaker2s"],
  "serving.kserve.io": ["inferenceservices", "inferencegraphs", "servingruntimes", "clusterservingruntimes"],
  "opentelemetry.io": ["opentelemetrycollectors", "instrumentations"],
  "actions.github.com": ["autoscalingrunnersets", "ephemeralrunnersets", "ephemeralrunners", "autoscalinglisteners"],
  "actions.summerwind.dev": ["runners", "runnersets", "runnerreplicasets", "runnerdeployments"],
  "kubevirt.io": ["virtualmachines", "virtualmachineinstances", "virtualmachineinstancereplicasets"],
};

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
  valid: notGrantedOnAny(makers, ["create", "update", "patch"]),
  message: "allows creating or changing workloads",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; patch named workloads instead of creating any.",
});
