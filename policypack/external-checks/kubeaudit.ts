import type { ToolChecks } from "./types";

/** Auditors of kubeaudit, which is archived. */
export const kubeaudit: ToolChecks = {
  version: "main 7e8696a (2024-03)",
  judged: [],
  groups: [
    { checks: ["apparmor"], rules: ["workload/apparmor-profile", "pod-security/app-armor-profile"] },
    {
      checks: ["asat"],
      rules: ["identity/token-without-need", "identity/default-service-account-token", "identity/token-automount"],
    },
    {
      reason: "refuses any capability that is added, also NET_BIND_SERVICE, which the standard restricted allows",
      checks: ["capabilities"],
      rules: ["pod-security/capabilities-restricted"],
    },
    {
      reason: "deprecated versions are still served; from the version on that no longer serves them they are refused",
      checks: ["deprecatedapis"],
      rules: ["availability/removed-api"],
    },
    { checks: ["hostns"], rules: ["pod-security/host-namespaces"] },
    {
      reason: "compares with a tag that the user names; the rule asks for one that does not move",
      checks: ["image"],
      rules: ["images/fixed-tag"],
    },
    {
      reason: "asks also whether a limit is below one that the user names",
      checks: ["limits"],
      rules: ["availability/cpu-limit", "availability/memory-limit"],
    },
    { checks: ["mounts"], rules: ["workload/sensitive-host-path", "workload/container-runtime-socket"] },
    {
      checks: ["netpols"],
      rules: ["namespaces/default-deny-ingress", "namespaces/default-deny-egress", "network/allow-all"],
    },
    { checks: ["nonroot"], rules: ["pod-security/run-as-non-root", "pod-security/run-as-user"] },
    { checks: ["privesc"], rules: ["pod-security/allow-privilege-escalation"] },
    { checks: ["privileged"], rules: ["pod-security/privileged-containers"] },
    { checks: ["rootfs"], rules: ["workload/read-only-root-filesystem"] },
    {
      checks: ["seccomp"],
      rules: ["pod-security/seccomp-profile-restricted", "pod-security/seccomp-profile-baseline"],
    },
  ],
};
