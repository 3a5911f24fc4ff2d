import { stackRule } from "../../engine/rule";
import { replicasOf, scaledWorkloads } from "./_scale";

/** Workloads run more than one pod. */
export const replicas = stackRule({
  id: "availability/replicas",
  severity: "low",
  title: "Workloads run more than one pod",
  why: "A single pod is away at every release, drain and crash.",
  standards: {
    iso27002: ["8.14"],
    kyverno: ["require-deployments-have-multiple-replicas"],
    kubeScore: ["deployment-replicas"],
    kubeLinter: ["minimum-three-replicas"],
    polaris: ["deploymentMissingReplicas"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "runs a single pod",
  remedy: "Set replicas, or minReplicas of its autoscaler, to 2 or more.",
  select: (stack) => scaledWorkloads(stack),
  check: (workload, stack) => (replicasOf(stack, workload).least === 1 ? [{}] : []),
});
