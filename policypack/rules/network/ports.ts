import { rule } from "../../engine/rule";

/** Network policies name the ports of every rule. */
export const ports = rule({
  id: "network/ports",
  severity: "low",
  title: "Network policies name the ports of every rule",
  why: "A rule with peers and without ports opens debug, metrics and administration ports beside the one that is meant.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `(!(object.?spec.?policyTypes.orValue(["Ingress"]).exists(t, t == "Ingress")) ||
    object.?spec.?ingress.orValue([]).all(r, r.?ports.orValue([]).size() > 0 && r.ports.all(p, p.?port.hasValue()))) &&
    (!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r, r.?ports.orValue([]).size() > 0 && r.ports.all(p, p.?port.hasValue())))`,
  message: "has a rule without ports",
  field: "spec",
  remedy: "List the ports and protocols that the flow needs.",
});
