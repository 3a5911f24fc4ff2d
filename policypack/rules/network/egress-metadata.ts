import { rule } from "../../engine/rule";
import { metadataRanges } from "./_ranges";

/** Egress leaves out the clouds' metadata services. A rule without peers reaches every address, theirs too; one for DNS alone is dns-egress' to judge. */
export const egressMetadata = rule({
  id: "network/egress-metadata",
  severity: "critical",
  title: "Egress leaves out the clouds' metadata services",
  why: "The metadata service hands the credentials of the node to whoever asks: one server-side request forgery and the cloud account is open.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "5.15"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  parameters: metadataRanges,
  valid: `!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r, (r.?to.orValue([]).size() > 0 ||
      (r.?ports.orValue([]).size() > 0 && r.ports.all(p, p.?port.orValue("") == 53 && !has(p.endPort)))) &&
      r.?to.orValue([]).all(p,
      !has(p.ipBlock) || params.ranges.all(range,
        !cidr(p.ipBlock.cidr).containsCIDR(range) ||
        p.ipBlock.?except.orValue([]).exists(e, cidr(e).containsCIDR(range)))))`,
  message: "reaches the metadata service of the cloud",
  field: "spec.egress",
  remedy:
    "Name the peers of every rule, and add the metadata addresses to except, such as 169.254.0.0/16; use workload identity for what needs cloud credentials.",
});
