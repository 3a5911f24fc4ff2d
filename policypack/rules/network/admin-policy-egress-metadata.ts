import { rule } from "../../engine/rule";
import { adminKinds, firstDenies } from "./_admin";
import { heldByOne, metadataRanges } from "./_ranges";

/** Cluster-wide egress to addresses leaves out the clouds' metadata services. */
export const adminPolicyEgressMetadata = rule({
  id: "network/admin-policy-egress-metadata",
  severity: "critical",
  title: "Cluster-wide network policies leave the clouds' metadata services out of egress to addresses",
  why: "The metadata service hands the credentials of the node to whoever asks, and what an administrator's policy allows no NetworkPolicy can deny.",
  standards: { nsa: true, iso27002: ["8.20", "8.22", "5.15"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: adminKinds,
  parameters: metadataRanges,
  valid: firstDenies("cidr(n).containsCIDR(range)", heldByOne),
  message: "reaches the metadata service of the cloud",
  field: "spec.egress",
  remedy: "Deny the metadata addresses in a rule before, such as 169.254.0.0/16.",
});
