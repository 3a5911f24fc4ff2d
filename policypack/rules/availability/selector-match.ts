import { rule } from "../../engine/rule";

/** Workloads select the pods that they make. */
export const selectorMatch = rule({
  id: "availability/selector-match",
  severity: "high",
  title: "Workloads select the pods that they make",
  why: "The API server refuses the object, and the release stops half way.",
  standards: {
    bio: ["8.9"],
    kubeScore: [
      "deployment-pod-selector-labels-match-template-metadata-labels",
      "statefulset-pod-selector-labels-match-template-metadata-labels",
    ],
    kubeLinter: ["mismatching-selector"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "workload",
  kinds: ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet"],
  valid: `object.spec.?selector.?matchLabels.orValue({}).all(k, pod.?metadata.?labels.orValue({})[?k].orValue("") == object.spec.selector.matchLabels[k])`,
  message: "selects other pods than it makes",
  field: "spec.selector",
  remedy: "Give the pod template the labels of the selector.",
  notAtAdmission: "The API server's own validation refuses such an object before policies see it.",
});
