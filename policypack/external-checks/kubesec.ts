import { reason } from "./types";
import type { ToolChecks } from "./types";

/** Rules of kubesec, each with points for or against. */
export const kubesec: ToolChecks = {
  version: "master a59caad (2026-06)",
  judged: [],
  groups: [
    { checks: ["HostNetwork", "HostPID", "HostIPC"], rules: ["pod-security/host-namespaces"] },
    { checks: ["ReadOnlyRootFilesystem"], rules: ["workload/read-only-root-filesystem"] },
    { checks: ["RunAsNonRoot"], rules: ["pod-security/run-as-non-root"] },
    { checks: ["RunAsUser"], rules: ["workload/high-user-id"] },
    { checks: ["RunAsGroup"], rules: ["workload/high-group-id"] },
    { checks: ["Privileged"], rules: ["pod-security/privileged-containers"] },
    { checks: ["CapSysAdmin"], rules: ["pod-security/capabilities-baseline"] },
    {
      reason:
        "gives a point for any capability that is dropped; the rules ask for all of them, or for the one that forges packets",
      checks: ["CapDropAny"],
      rules: ["pod-security/capabilities-restricted", "workload/net-raw-dropped"],
    },
    { checks: ["CapDropAll"], rules: ["pod-security/capabilities-restricted"] },
    { checks: ["DockerSock"], rules: ["workload/container-runtime-socket"] },
    { checks: ["ProcMount"], rules: ["workload/sensitive-host-path", "pod-security/proc-mount-baseline"] },
    { checks: ["RequestsCPU"], rules: ["availability/cpu-request"] },
    { checks: ["LimitsCPU"], rules: ["availability/cpu-limit"] },
    { checks: ["RequestsMemory"], rules: ["availability/memory-request"] },
    { checks: ["LimitsMemory"], rules: ["availability/memory-limit"] },
    { checks: ["ServiceAccountName"], rules: ["identity/dedicated-service-account"] },
    { checks: ["HostAliases"], rules: ["workload/host-aliases"] },
    { checks: ["SeccompAny"], rules: ["pod-security/seccomp-profile-restricted"] },
    { checks: ["SeccompUnconfined"], rules: ["pod-security/seccomp-profile-baseline"] },
    { checks: ["ApparmorAny"], rules: ["workload/apparmor-profile"] },
    { checks: ["ApparmorUnconfined"], rules: ["pod-security/app-armor-profile"] },
    {
      reason:
        "gives a point for a volume that one node mounts; the rule refuses such a volume where several pods share it",
      checks: ["VolumeClaimAccessModeReadWriteOnce"],
      rules: ["availability/single-writer-volume"],
    },
    { reason: reason.apiServerRefuses, checks: ["VolumeClaimRequestsStorage"] },
    { checks: ["AllowPrivilegeEscalation"], rules: ["pod-security/allow-privilege-escalation"] },
    { checks: ["AutomountServiceAccountToken"], rules: ["identity/token-automount"] },
    { checks: ["HostUsers"], rules: ["workload/user-namespace"] },
    { checks: ["SecretsAsEnvironmentVariables"], rules: ["secrets/environment-from-secret"] },
    { checks: ["BindingsToSystemAnonymous"], rules: ["identity/anonymous-binding"] },
  ],
};
