import { rule } from "../../engine/rule";

/** Disruption budgets do not protect broken pods. */
export const unhealthyPodEviction = rule({
  id: "availability/unhealthy-pod-eviction",
  severity: "low",
  title: "Disruption budgets do not protect broken pods",
  why: "By default pods that are not ready block the drain of their node although they serve nobody.",
  standards: { iso27002: ["8.14"], kubeLinter: ["pdb-unhealthy-pod-eviction-policy"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "object",
  kinds: ["policy/PodDisruptionBudget"],
  valid: `object.spec.?unhealthyPodEvictionPolicy.orValue("IfHealthyBudget") == "AlwaysAllow"`,
  message: "keeps broken pods on nodes that must be drained",
  field: "spec.unhealthyPodEvictionPolicy",
  remedy: "Set unhealthyPodEvictionPolicy: AlwaysAllow.",
});
