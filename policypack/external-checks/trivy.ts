import { range, reason } from "./types";
import type { ToolChecks } from "./types";

const numbered = (prefix: string, ...numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `${prefix}-${String(number).padStart(4, "0")}`);

/** Kubernetes checks of aquasecurity/trivy-checks; KCV are those on the cluster itself. */
export const trivy: ToolChecks = {
  version: "trivy-checks 80e5382 (2026-08)",
  judged: [
    ...numbered("KSV", ...range(1, 18), ...range(20, 28), 30, ...range(32, 56)),
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
    { checks: ["KCV-0093"], rules: ["exposure/ingress-snippet"] },
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
