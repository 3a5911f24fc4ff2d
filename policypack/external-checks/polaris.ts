import type { ToolChecks } from "./types";

export const polaris: ToolChecks = {
  version: "master c0e23a2 (2026-08)",
  judged: [
    "missingNetworkPolicy",
    "automountServiceAccountToken",
    "cpuLimitsMissing",
    "cpuRequestsMissing",
    "dangerousCapabilities",
    "deploymentMissingReplicas",
    "hostIPCSet",
    "hostNetworkSet",
    "hostPIDSet",
    "hostPathSet",
    "hostPortSet",
    "hostProcess",
    "hpaMaxAvailability",
    "hpaMinAvailability",
    "insecureCapabilities",
    "livenessProbeMissing",
    "memoryLimitsMissing",
    "memoryRequestsMissing",
    "missingPodDisruptionBudget",
    "notReadOnlyRootFilesystem",
    "pdbMinAvailableGreaterThanHPAMinReplicas",
    "priorityClassNotSet",
    "privilegeEscalationAllowed",
    "procMount",
    "pullPolicyNotAlways",
    "readinessProbeMissing",
    "rolePodExecAttach",
    "runAsPrivileged",
    "runAsRootAllowed",
    "sensitiveConfigmapContent",
    "sensitiveContainerEnvVar",
    "tagNotSpecified",
    "tlsSettingsMissing",
    "topologySpreadConstraint",
  ],
  groups: [
    {
      reason:
        "any one of AppArmor, seccomp, SELinux and dropped capabilities satisfies it; each of them is asked for by itself",
      checks: ["linuxHardening"],
      rules: [
        "pod-security/app-armor-profile",
        "pod-security/seccomp-profile-restricted",
        "pod-security/selinux-options",
        "pod-security/capabilities-restricted",
        "workload/apparmor-profile",
      ],
    },
    {
      reason:
        "also refuses bindings to roles of one's own that allow everything; the wildcard is judged in the role, whoever is bound to it",
      checks: ["clusterrolebindingClusterAdmin", "rolebindingClusterAdminClusterRole"],
      rules: ["identity/cluster-admin-binding", "identity/wildcard"],
    },
    { checks: ["clusterrolePodExecAttach"], rules: ["identity/grant-pod-exec"] },
    { checks: ["pdbDisruptionsIsZero"], rules: ["availability/disruption-budget-zero"] },
    {
      reason: "the role is judged where it is written, whoever is bound to it",
      checks: [
        "clusterrolebindingPodExecAttach",
        "rolebindingClusterRolePodExecAttach",
        "rolebindingRolePodExecAttach",
      ],
      rules: ["identity/grant-pod-exec"],
    },
    {
      reason: "the wildcard is judged in the role, whoever is bound to it",
      checks: ["rolebindingClusterAdminRole"],
      rules: ["identity/wildcard"],
    },
    {
      reason:
        "the label names the instance of the application, which several objects share (kubernetes.io, Recommended Labels)",
      checks: ["metadataAndInstanceMismatched"],
      rules: ["labels/minimum"],
    },
  ],
};
