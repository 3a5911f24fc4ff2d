import { rule } from "../../engine/rule";

/** Autoscalers keep at least two pods. */
export const autoscalerMinimum = rule({
  id: "availability/autoscaler-minimum",
  severity: "low",
  title: "Autoscalers keep at least two pods",
  why: "In quiet hours one pod is left, and with its node the app is gone.",
  standards: {
    iso27002: ["8.14"],
    kubeScore: ["horizontalpodautoscaler-replicas"],
    kubeLinter: ["hpa-minimum-three-replicas"],
    polaris: ["hpaMinAvailability"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["autoscaling/HorizontalPodAutoscaler"],
  valid: "object.spec.?minReplicas.orValue(1) >= 2",
  message: "may leave a single pod",
  field: "spec.minReplicas",
  remedy: "Set minReplicas to 2 or more.",
});
