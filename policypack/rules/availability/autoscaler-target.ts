import { stackRule } from "../../engine/rule";
import { hasTarget } from "./_scale";

/** Autoscalers scale a workload that exists. */
export const autoscalerTarget = stackRule({
  id: "availability/autoscaler-target",
  severity: "medium",
  title: "Autoscalers scale a workload that exists",
  why: "An autoscaler with a wrong name does nothing under load.",
  standards: {
    iso27002: ["8.6"],
    kubeScore: ["horizontalpodautoscaler-has-target"],
    kubeLinter: ["dangling-horizontalpodautoscaler"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  message: "scales nothing that is in this stack",
  remedy: "Correct scaleTargetRef.",
  select: (stack) => stack.ofKind("autoscaling/HorizontalPodAutoscaler"),
  check: (autoscaler, stack) => (hasTarget(autoscaler, stack) ? [] : [{}]),
});
