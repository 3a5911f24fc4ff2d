import { rule } from "../../engine/rule";
import { ciliumKinds, everySpec, namesPeers, NAMESPACE_LABEL } from "./_cilium";

/** Cilium's egress to port 53 goes to the cluster's DNS only. */
export const ciliumDnsEgress = rule({
  id: "network/cilium-dns-egress",
  severity: "medium",
  title: "Cilium policies let port 53 out to the cluster's DNS only",
  why: "Port 53 to anywhere is a tunnel: data leaves in names that a server of the attacker resolves, and resolvers of others answer what they like.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  valid: everySpec(`s.?egress.orValue([]).all(r,
    !r.?toPorts.orValue([]).exists(t, t.?ports.orValue([]).exists(p,
      p.port.matches("^[0-9]+$") && int(p.port) <= 53 &&
      (p.port == "0" || p.?endPort.orValue(int(p.port)) >= 53))) ||
    (${namesPeers("to")} && !has(r.toFQDNs) &&
      r.?toEntities.orValue([]).all(e, e == "host") &&
      (r.?toCIDR.orValue([]) + r.?toCIDRSet.orValue([]).map(c, c.?cidr.orValue(""))).all(c, c.matches("^[0-9.]+/32$|/128$")) &&
      r.?toEndpoints.orValue([]).all(e,
        e.?matchLabels.orValue({}).exists(k, !k.endsWith("${NAMESPACE_LABEL}")) ||
        e.?matchExpressions.orValue([]).exists(x, !x.key.endsWith("${NAMESPACE_LABEL}")))))`),
  message: "lets port 53 out to more than the DNS pods",
  field: "spec.egress",
  remedy: "Limit the rule to the pods of the DNS, or to the address of the node-local cache.",
});
