import { rule } from "../../engine/rule";

/** Egress to port 53 goes to the cluster's DNS only. */
export const dnsEgress = rule({
  id: "network/dns-egress",
  severity: "medium",
  title: "Egress to port 53 goes to the cluster's DNS only",
  why: "Port 53 to anywhere is a tunnel: data leaves in names that a server of the attacker resolves, and resolvers of others answer what they like.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"], kyverno: ["add-networkpolicy-dns"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r,
      !r.?ports.orValue([]).exists(p,
        !has(p.port) || (type(p.port) != string && p.port <= 53 && p.?endPort.orValue(p.port) >= 53)) ||
      (r.?to.orValue([]).size() > 0 && r.?to.orValue([]).all(p,
        p.?ipBlock.?cidr.orValue("").matches("^[0-9.]+/32$|/128$") ||
        p.?podSelector.?matchLabels.orValue({}).exists(k, true) ||
        p.?podSelector.?matchExpressions.orValue([]).size() > 0)))`,
  message: "lets port 53 out to more than the DNS pods",
  field: "spec.egress",
  remedy:
    "Limit the rule to the pods of the DNS (namespace kube-system, k8s-app: kube-dns) or to the address of the node-local cache.",
});
