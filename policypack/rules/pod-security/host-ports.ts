import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Host Ports" (check `hostPorts`). Under hostNetwork the API server copies every containerPort of a Pod to hostPort (SetDefaults_Pod). */
export const hostPorts = rule({
  id: "pod-security/host-ports",
  severity: "medium",
  title: "Containers bind no port of the host",
  why: "A host port listens on the node's own address, past Services, Ingresses and NetworkPolicies.",
  message: "binds a port of the host",
  remedy: "Remove ports[].hostPort; publish through a Service.",
  standards: {
    pss: "baseline",
    cis: ["5.2.12"],
    nsa: true,
    iso27002: ["8.20", "8.22"],
    checkov: ["CKV_K8S_26"],
    trivy: ["KSV-0024"],
    kyverno: ["disallow-host-ports"],
    kubescape: ["C-0044"],
    polaris: ["hostPortSet"],
    gatekeeper: ["host-network-ports"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  valid: "container.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)",
  detail:
    "container.?ports.orValue([]).filter(p, p.?hostPort.orValue(0) != 0).map(p, string(int(p.hostPort))).join(', ')",
  field: "ports",
});
