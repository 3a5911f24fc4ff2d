import { rule } from "../../engine/rule";
import { calicoKinds, firstDenies } from "./_calico";
import { heldByOne, metadataRanges } from "./_ranges";

/** Calico's egress to addresses leaves out the clouds' metadata services. */
export const calicoEgressMetadata = rule({
  id: "network/calico-egress-metadata",
  severity: "critical",
  title: "Calico policies leave the clouds' metadata services out of egress to addresses",
  why: "The metadata service hands the credentials of the node to whoever asks: one server-side request forgery and the cloud account is open.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "5.15"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: calicoKinds,
  parameters: metadataRanges,
  valid: firstDenies(
    // An allow without addresses reaches every one, but for DNS alone.
    `(has(d.nets) || has(d.notNets) || !has(d.ports) || !d.ports.all(p, p == 53))`,
    "cidr(n).containsCIDR(range)",
    heldByOne,
  ),
  message: "reaches the metadata service of the cloud",
  field: "spec.egress",
  remedy:
    "Add the metadata addresses to notNets, such as 169.254.0.0/16, or deny them in a rule before; use workload identity for what needs cloud credentials.",
});
