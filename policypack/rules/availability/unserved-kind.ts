import { rule } from "../../engine/rule";

/** The group of each built-in kind that applications use. */
const groups: Readonly<Record<string, string>> = {
  Pod: "",
  Service: "",
  ConfigMap: "",
  Secret: "",
  ServiceAccount: "",
  PersistentVolumeClaim: "",
  Namespace: "",
  Deployment: "apps",
  StatefulSet: "apps",
  DaemonSet: "apps",
  ReplicaSet: "apps",
  Job: "batch",
  CronJob: "batch",
  Ingress: "networking.k8s.io",
  NetworkPolicy: "networking.k8s.io",
  PodDisruptionBudget: "policy",
  HorizontalPodAutoscaler: "autoscaling",
  Role: "rbac.authorization.k8s.io",
  RoleBinding: "rbac.authorization.k8s.io",
  ClusterRole: "rbac.authorization.k8s.io",
  ClusterRoleBinding: "rbac.authorization.k8s.io",
};

const misplaced = Object.entries(groups).flatMap(([kind, group]) =>
  [...new Set(Object.values(groups))]
    .filter((other) => other !== group)
    .map((other) => (other === "" ? kind : `${other}/${kind}`)),
);

/** Objects have an API group that serves their kind. */
export const unservedKind = rule({
  id: "availability/unserved-kind",
  severity: "medium",
  title: "Objects have an API group that serves their kind",
  why: "Kubernetes has no such object: the release fails, and tools that go by group and kind, this one included, do not know what they are looking at.",
  standards: { bio: ["8.9", "8.32"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: misplaced,
  valid: "false",
  message: "has a kind that its API group does not have",
  detail: "object.apiVersion",
  field: "apiVersion",
  remedy: "Correct apiVersion; `kubectl api-resources` lists the group of each kind.",
  notAtAdmission: "The API server does not serve such a kind.",
});
