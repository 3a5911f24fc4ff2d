import { stackRule } from "../../engine/rule";
import { hasBudget } from "../stack/_selection";
import { replicasOf, scaledWorkloads } from "./_scale";

/** Workloads with several pods have a disruption budget. */
export const disruptionBudget = stackRule({
  id: "availability/disruption-budget",
  severity: "low",
  title: "Workloads with several pods have a disruption budget",
  why: "Draining several nodes for an upgrade otherwise stops all pods at the same time.",
  standards: {
    iso27002: ["8.14"],
    kyverno: ["require-pdb", "create-default-pdb"],
    kubeScore: ["deployment-has-poddisruptionbudget", "statefulset-has-poddisruptionbudget"],
    polaris: ["missingPodDisruptionBudget"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "has no disruption budget",
  remedy: "Add a PodDisruptionBudget with maxUnavailable: 1 that selects its pods.",
  select: (stack) => scaledWorkloads(stack),
  concerns: (workload, stack) => replicasOf(stack, workload).least > 1,
  check: (workload, stack) => (hasBudget(workload, stack) ? [] : [{}]),
});
