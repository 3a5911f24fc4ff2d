import { mutationTests } from "./rules-mutants";

// What the API server fills in is filled in before rules are evaluated: the default in the expression only says so.
const replicas = ["1 -> 2", "1 -> 0"];

// A key that is not there is an error, which counts as a violation; at admission it would only be said in other words.
const labels = "pod.?metadata.?labels.orValue({})";
const ownLabel = `${labels}[key] == t.labelSelector.matchLabels[key]`;
const spread = [...replicas, `key in ${labels} && ${ownLabel} -> (${ownLabel})`];

mutationTests("availability", {
  "availability/cronjob-concurrency": ['"Allow" -> "Allow~"'],
  "availability/grace-period": ["30 -> 31", "30 -> 29"],
  "availability/node-spread": spread,
  "availability/zone-spread": spread,
  // The default only has to be on the right side of the limit, or differ from the value that is refused.
  "availability/rolling-update": [...replicas, '"25%" -> "25%~"'],
  "availability/autoscaler-minimum": ["1 -> 0"],
  "availability/disruption-budget-zero": ["1 -> 2", "1 -> 0", "0 -> 1"],
  "availability/unhealthy-pod-eviction": ['"IfHealthyBudget" -> "IfHealthyBudget~"'],
});
