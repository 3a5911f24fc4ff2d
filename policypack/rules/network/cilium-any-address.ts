import { rule } from "../../engine/rule";
import { ciliumKinds, everySpec } from "./_cilium";
import { everyAddress, held } from "./_ranges";

/** Cilium policies do not let every address in. What has exceptions was looked at. */
export const ciliumAnyAddress = rule({
  id: "network/cilium-any-address",
  severity: "medium",
  title: "Cilium policies do not let every address in",
  why: "An address block that holds every address, or two that hold it together, is a rule without peers in other words: any pod, any node and the internet get in.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  parameters: everyAddress,
  valid: everySpec(`s.?ingress.orValue([]).all(r,
    [(r.?fromCIDR.orValue([]) + r.?fromCIDRSet.orValue([])
      .filter(c, has(c.cidr) && c.?except.orValue([]).size() == 0).map(c, c.cidr)).filter(c, c.contains("/"))]
      .all(blocks, !params.every.exists(range, ${held("blocks", "range")})))`),
  message: "lets every address in",
  field: "spec",
  remedy: "Name the addresses that connect, or the endpoints that the connections come through.",
});
