import { rule } from "../../engine/rule";

/** Long-running containers have a readiness probe. */
export const readinessProbe = rule({
  id: "availability/readiness-probe",
  severity: "low",
  title: "Long-running containers have a readiness probe",
  why: "A pod gets requests from its first second on, also while it starts or has lost its database, and a rollout goes on before the new pods work.",
  standards: {
    iso27002: ["8.14", "8.16"],
    checkov: ["CKV_K8S_9"],
    kyverno: ["require-pod-probes"],
    kubeScore: ["pod-probes"],
    kubeLinter: ["no-readiness-probe"],
    polaris: ["readinessProbeMissing"],
    kubescape: ["C-0018"],
    gatekeeper: ["requiredprobes"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "container",
  containers: ["containers"],
  when: `object.kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"]`,
  valid: "container.?readinessProbe.hasValue()",
  message: "has no readiness probe",
  field: "readinessProbe",
  remedy: "Add a readinessProbe.",
});
