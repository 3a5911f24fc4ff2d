import { rule } from "../../engine/rule";
import { ciliumKinds, everySpec, namesPeers } from "./_cilium";
import { block, metadataRanges } from "./_ranges";

// Deny rules come before all others (Cilium, "Deny Policies").
const DENIED = `s.?egressDeny.orValue([]).exists(d, !has(d.toPorts) &&
    (d.?toCIDR.orValue([]).exists(c, cidr(${block("c")}).containsCIDR(range)) ||
      d.?toCIDRSet.orValue([]).exists(c, has(c.cidr) && !has(c.except) && cidr(${block("c.cidr")}).containsCIDR(range))))`;

// Ports alone open to everybody on them, but for DNS, which cilium-dns-egress judges.
const namesPeersOrDns = `(${namesPeers("to")} || r.?toPorts.orValue([]).all(t,
      t.?ports.orValue([]).size() > 0 && t.ports.all(p, p.port == "53" && !has(p.endPort))))`;

/** Cilium's egress to addresses leaves out the clouds' metadata services. */
export const ciliumEgressMetadata = rule({
  id: "network/cilium-egress-metadata",
  severity: "critical",
  title: "Cilium policies leave the clouds' metadata services out of egress to addresses",
  why: "The metadata service hands the credentials of the node to whoever asks: one server-side request forgery and the cloud account is open.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "5.15"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  parameters: metadataRanges,
  valid: everySpec(`params.ranges.all(range, ${DENIED} || s.?egress.orValue([]).all(r,
    ${namesPeersOrDns} &&
    r.?toEntities.orValue([]).all(e, e != "all" && !e.startsWith("world")) &&
    r.?toCIDR.orValue([]).all(c, !cidr(${block("c")}).containsCIDR(range)) &&
    r.?toCIDRSet.orValue([]).all(c, !has(c.cidr) || !cidr(${block("c.cidr")}).containsCIDR(range) ||
      c.?except.orValue([]).exists(e, cidr(e).containsCIDR(range)))))`),
  message: "reaches the metadata service of the cloud",
  field: "spec.egress",
  remedy:
    "Use toCIDRSet and add the metadata addresses to except, such as 169.254.0.0/16, or deny them in egressDeny; use workload identity for what needs cloud credentials.",
});
