import { rule } from "../../engine/rule";
import { held, privateRanges } from "./_ranges";

/** Egress to the internet leaves out private networks and the cluster. A range inside a private network was meant, and passes. Clusters with public pod or service ranges add these to `ranges`. */
export const egressPrivateRanges = rule({
  id: "network/egress-private-ranges",
  severity: "high",
  title: "Egress to the internet leaves out private networks and the cluster",
  why: "A range that is wide enough for the internet holds the pods, services and nodes of the cluster and the organisation's own networks too: every other policy is void for it.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "8.23"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  parameters: privateRanges,
  valid: `!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r, r.?to.orValue([]).all(p,
      !has(p.ipBlock) || params.ranges.all(range,
        !(cidr(p.ipBlock.cidr).containsCIDR(range) && cidr(p.ipBlock.cidr).prefixLength() < cidr(range).prefixLength()) ||
        ${held("p.ipBlock.?except.orValue([])", "range")})))`,
  message: "reaches private networks by way of a wider range",
  field: "spec.egress",
  remedy: "Add the private ranges and those of the cluster to except, or name the addresses that are meant.",
});
