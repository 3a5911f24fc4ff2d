import { rule } from "../../engine/rule";

/** Services have no external addresses of their own choice. */
export const externalIps = rule({
  id: "exposure/external-ips",
  severity: "critical",
  title: "Services have no external addresses of their own choice",
  why: "Whoever may set externalIPs takes over the traffic of the cluster to any address (CVE-2020-8554).",
  standards: {
    iso27002: ["8.20", "8.22"],
    kyverno: ["restrict-service-external-ips"],
    gatekeeper: ["externalip"],
    trivy: ["KSV-0108"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["Service"],
  valid: `object.spec.?externalIPs.orValue([]).size() == 0`,
  message: "claims external addresses",
  field: "spec.externalIPs",
  remedy: "Remove externalIPs; let the load balancer hand out addresses.",
});
