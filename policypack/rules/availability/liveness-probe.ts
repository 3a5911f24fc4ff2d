import { rule } from "../../engine/rule";

/** Long-running containers have a liveness probe. */
export const livenessProbe = rule({
  id: "availability/liveness-probe",
  severity: "low",
  title: "Long-running containers have a liveness probe",
  why: "A process that hangs keeps its place until somebody notices.",
  standards: {
    iso27002: ["8.14", "8.16"],
    checkov: ["CKV_K8S_8"],
    kyverno: ["require-pod-probes"],
    kubeLinter: ["no-liveness-probe"],
    polaris: ["livenessProbeMissing"],
    kubescape: ["C-0056"],
    gatekeeper: ["requiredprobes"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "container",
  containers: ["containers"],
  when: `object.kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"]`,
  valid: "container.?livenessProbe.hasValue()",
  message: "has no liveness probe",
  field: "livenessProbe",
  remedy: "Add a livenessProbe that fails only when a restart helps.",
});
