import { rule } from "../../engine/rule";
import { adminKinds, firstDenies } from "./_admin";
import { held, privateRanges } from "./_ranges";

/** Cluster-wide egress to the internet leaves out private networks. A range inside a private network was meant, and passes. */
export const adminPolicyEgressPrivateRanges = rule({
  id: "network/admin-policy-egress-private-ranges",
  severity: "high",
  title: "Cluster-wide network policies leave private networks out of egress to the internet",
  why: "A range that is wide enough for the internet holds the pods, services and nodes of the cluster and the organisation's own networks too.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "8.23"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: adminKinds,
  parameters: privateRanges,
  valid: firstDenies(`cidr(n).containsCIDR(range) && cidr(n).prefixLength() < cidr(range).prefixLength()`, (blocks) =>
    held(blocks, "range"),
  ),
  message: "reaches private networks by way of a wider range",
  field: "spec.egress",
  remedy: "Deny the private ranges in a rule before, or name the addresses that are meant.",
});
