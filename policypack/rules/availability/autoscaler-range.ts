import { rule } from "../../engine/rule";

/** Autoscalers have room to scale. */
export const autoscalerRange = rule({
  id: "availability/autoscaler-range",
  severity: "low",
  title: "Autoscalers have room to scale",
  why: "With equal bounds nothing scales, while everybody believes that it does.",
  standards: { iso27002: ["8.6"], polaris: ["hpaMaxAvailability"], gatekeeper: ["horizontalpodautoscaler"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["autoscaling/HorizontalPodAutoscaler"],
  valid: "object.spec.maxReplicas > object.spec.?minReplicas.orValue(1)",
  message: "cannot scale",
  field: "spec.maxReplicas",
  remedy: "Set maxReplicas above minReplicas.",
});
