import { rule } from "../../engine/rule";

/** Workloads select the pods that they make. */
export const selectorMatch = rule({
  id: "availability/selector-match",
  severity: "high",
  title: "Workloads select the pods that they make",
  why: "The API server refuses the object, and the release stops half way.",
  standards: {
    iso27002: ["8.9"],
    kubeScore: [
      "deployment-pod-selector-labels-match-template-metadata-labels",
      "statefulset-pod-selector-labels-match-template-metadata-labels",
    ],
    kubeLinter: ["mismatching-selector"],
    kubescape: ["C-0296"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "workload",
  kinds: [
    "apps/Deployment",
    "apps/StatefulSet",
    "apps/DaemonSet",
    "apps/ReplicaSet",
    "ReplicationController",
    "apps.openshift.io/DeploymentConfig",
    "DeploymentConfig",
  ],
  // The older kinds have the labels themselves as their selector. Exists and In need the label, DoesNotExist and NotIn
  // refuse it; the lists narrow to some of its values.
  valid: `[pod.?metadata.?labels.orValue({})].all(labels,
  object.kind in ["ReplicationController", "DeploymentConfig"]
  ? object.spec.?selector.orValue({}).all(k, labels[?k].orValue("") == object.spec.selector[k])
  : object.spec.?selector.?matchLabels.orValue({}).all(k, labels[?k].orValue("") == object.spec.selector.matchLabels[k]) &&
  object.spec.?selector.?matchExpressions.orValue([]).all(e, (e.operator in ["Exists", "In"]) ==
    (labels[?e.key].hasValue() && (e.operator in ["Exists", "DoesNotExist"] || labels[e.key] in e.?values.orValue([])))))`,
  message: "selects other pods than it makes",
  field: "spec.selector",
  remedy: "Give the pod template the labels of the selector.",
  notAtAdmission: "The API server's own validation refuses such an object before policies see it.",
});
