import { mutationTests } from "./rules-mutants";

// What the API server fills in is filled in before rules are evaluated: the default in the expression only says so.
const replicas = ["1 -> 2", "1 -> 0"];

mutationTests("availability", {
  "availability/cronjob-concurrency": ['"Allow" -> "Allow~"'],
  "availability/grace-period": ["30 -> 31", "30 -> 29"],
  "availability/node-spread": replicas,
  "availability/zone-spread": replicas,
  // The default only has to be on the right side of the limit, or differ from the value that is refused.
  "availability/rolling-update": [...replicas, '"25%" -> "25%~"'],
  "availability/autoscaler-minimum": ["1 -> 0"],
  "availability/disruption-budget-zero": ["1 -> 2", "1 -> 0", "0 -> 1"],
  "availability/unhealthy-pod-eviction": ['"IfHealthyBudget" -> "IfHealthyBudget~"'],
});
