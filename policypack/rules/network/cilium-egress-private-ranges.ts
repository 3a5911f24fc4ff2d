import { rule } from "../../engine/rule";
import { ciliumKinds, everySpec } from "./_cilium";
import { held, privateRanges } from "./_ranges";

// A single address, which may stand without the length of its prefix, is wider than nothing.
const wider = (of: string): string =>
  `(${of}.contains("/") && cidr(${of}).containsCIDR(range) && cidr(${of}).prefixLength() < cidr(range).prefixLength())`;

/** Cilium's egress to the internet leaves out private networks. A range inside a private network was meant, and passes. */
export const ciliumEgressPrivateRanges = rule({
  id: "network/cilium-egress-private-ranges",
  severity: "high",
  title: "Cilium policies leave private networks out of egress to the internet",
  why: "A range that is wide enough for the internet holds the organisation's own networks and those of other tenants too.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "8.23"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  parameters: privateRanges,
  valid: everySpec(`s.?egress.orValue([]).all(r, params.ranges.all(range,
    r.?toCIDR.orValue([]).all(c, !${wider("c")}) &&
    r.?toCIDRSet.orValue([]).all(c, !has(c.cidr) || !${wider("c.cidr")} ||
      ${held("c.?except.orValue([])", "range")})))`),
  message: "reaches private networks by way of a wider range",
  field: "spec.egress",
  remedy: "Use toCIDRSet and add the private ranges to except, or name the hosts in toFQDNs.",
});
