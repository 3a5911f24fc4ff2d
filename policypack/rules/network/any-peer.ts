import { rule } from "../../engine/rule";

/** Network policies name the peers of every rule. */
export const anyPeer = rule({
  id: "network/any-peer",
  severity: "medium",
  title: "Network policies name the peers of every rule",
  why: "A rule with ports and without peers lets any pod of any namespace, and any address, through: the port alone is no boundary.",
  standards: {
    cis: ["5.3.2"],
    nsa: true,
    iso27002: ["8.20", "8.22"],
    trivy: ["KSV-0038"],
    kyverno: ["restrict-networkpolicy-empty-podselector"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `(!(object.?spec.?policyTypes.orValue(["Ingress"]).exists(t, t == "Ingress")) ||
    object.?spec.?ingress.orValue([]).all(r, r.?from.orValue([]).size() > 0)) &&
    (!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r, r.?to.orValue([]).size() > 0))`,
  message: "has a rule without peers",
  field: "spec",
  remedy: "List the peers in from or to: pods with namespace, or address blocks.",
});
