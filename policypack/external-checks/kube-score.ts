import { reason } from "./types";
import type { ToolChecks } from "./types";

export const kubeScore: ToolChecks = {
  version: "1.20.0",
  judged: [
    "pod-networkpolicy",
    "container-ephemeral-storage-request-and-limit",
    "container-image-pull-policy",
    "container-image-tag",
    "container-memory-requests-equal-limits",
    "container-ports-check",
    "container-resources",
    "container-seccomp-profile",
    "container-security-context-privileged",
    "container-security-context-readonlyrootfilesystem",
    "container-security-context-user-group-id",
    "cronjob-has-deadline",
    "deployment-has-host-podantiaffinity",
    "deployment-has-poddisruptionbudget",
    "deployment-pod-selector-labels-match-template-metadata-labels",
    "deployment-replicas",
    "deployment-strategy",
    "environment-variable-key-duplication",
    "horizontalpodautoscaler-has-target",
    "horizontalpodautoscaler-replicas",
    "networkpolicy-targets-pod",
    "pod-probes",
    "pod-probes-identical",
    "pod-topology-spread-constraints",
    "poddisruptionbudget-has-policy",
    "service-targets-pod",
    "service-type",
    "stable-version",
    "statefulset-has-host-podantiaffinity",
    "statefulset-has-poddisruptionbudget",
    "statefulset-has-servicename",
    "statefulset-pod-selector-labels-match-template-metadata-labels",
  ],
  groups: [
    {
      reason:
        "equal requests and limits for CPU throttle a pod that the node has room for; memory is what gets pods killed",
      checks: ["container-cpu-requests-equal-limits", "container-resource-requests-equal-limits"],
      rules: ["availability/memory-guaranteed"],
    },
    {
      reason: "a limit bounds the harm; a request of the same size only makes the pod harder to place",
      checks: ["container-ephemeral-storage-request-equals-limit"],
      rules: ["availability/ephemeral-storage-limit"],
    },
    { reason: reason.apiServerRefuses, checks: ["cronjob-restartpolicy", "label-values"] },
    {
      reason: reason.duplicatedByAutoscaler,
      checks: ["deployment-targeted-by-hpa-does-not-have-replicas-configured"],
    },
    {
      reason: "an Ingress that points nowhere lets nothing through: a broken installation rather than a weakness",
      checks: ["ingress-targets-service"],
    },
  ],
};
