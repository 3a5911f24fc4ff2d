import { range, reason } from "./types";
import type { ToolChecks } from "./types";

const numbered = (prefix: string, ...numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `${prefix}-${String(number).padStart(4, "0")}`);

/** Kubernetes checks of aquasecurity/trivy-checks; KCV are those on the cluster itself. */
export const trivy: ToolChecks = {
  version: "trivy-checks 80e5382 (2026-08)",
  judged: [
    ...numbered("KSV", ...range(1, 18), 20, 21, ...range(23, 28), 30, ...range(32, 48), ...range(50, 56)),
    ...numbered("KSV", ...range(102, 116), ...range(119, 123), 125),
    // The numbers after KSV-0125 were given out with five digits.
    "KSV-01010",
    "KSV-01011",
  ],
  groups: [
    {
      reason: reason.controlPlane,
      checks: numbered("KCV", ...range(1, 22), ...range(24, 30), ...range(33, 92)),
    },
    {
      reason:
        "refuses a | in auth-tls-match-cn too, where alternatives of a common name are written with it; in addresses it is refused here as well",
      checks: ["KCV-0093"],
      rules: ["exposure/ingress-snippet"],
    },
    {
      reason:
        "refuses any capability that is added, also NET_BIND_SERVICE, which the standard restricted allows; the rules on capabilities follow the standards and the ways out of a container",
      checks: ["KSV-0022"],
      rules: ["pod-security/capabilities-baseline", "pod-security/capabilities-restricted"],
    },
    {
      reason:
        "refuses any right to change ConfigMaps, also in an application's own namespace; what matters is the cluster's own configuration",
      checks: ["KSV-0049"],
      rules: ["identity/grant-system-configuration-write"],
    },
    {
      reason: reason.securityContext,
      checks: ["KSV-0118"],
      rules: ["pod-security/run-as-non-root", "pod-security/capabilities-restricted"],
    },
    {
      reason:
        "container runtimes let any user bind a low port inside the pod (net.ipv4.ip_unprivileged_port_start is 0 there); ports of the host are what matters",
      checks: ["KSV-0117"],
      rules: ["pod-security/host-ports"],
    },
    {
      reason:
        "judges the parameters of Gatekeeper, which the platform does not install; the rule on registries compares whole path segments itself",
      checks: ["KSV-0124"],
      rules: ["images/allowed-registry"],
    },
  ],
};
