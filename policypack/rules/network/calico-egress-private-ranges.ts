import { rule } from "../../engine/rule";
import { calicoKinds, firstDenies } from "./_calico";
import { held, privateRanges } from "./_ranges";

/** Calico's egress to the internet leaves out private networks. A range inside a private network was meant, and passes. */
export const calicoEgressPrivateRanges = rule({
  id: "network/calico-egress-private-ranges",
  severity: "high",
  title: "Calico policies leave private networks out of egress to the internet",
  why: "A range that is wide enough for the internet holds the pods, services and nodes of the cluster and the organisation's own networks too.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "8.23"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: calicoKinds,
  parameters: privateRanges,
  valid: firstDenies(
    // An allow without addresses is any-peer's to judge.
    `(has(d.nets) || has(d.notNets))`,
    `cidr(n).containsCIDR(range) && cidr(n).prefixLength() < cidr(range).prefixLength()`,
    (blocks) => held(blocks, "range"),
  ),
  message: "reaches private networks by way of a wider range",
  field: "spec.egress",
  remedy: "Add the private ranges to notNets, deny them in a rule before, or name the addresses that are meant.",
});
