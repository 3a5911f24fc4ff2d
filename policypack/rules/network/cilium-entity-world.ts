import { rule } from "../../engine/rule";
import { ciliumKinds, everyRule } from "./_cilium";

/** Cilium policies do not open to the entity world. */
export const ciliumEntityWorld = rule({
  id: "network/cilium-entity-world",
  severity: "medium",
  title: "Cilium policies do not open to the entity world",
  why: "The entity world is every address outside the cluster: the internet, and the organisation's own networks with it.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22", "8.23"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  valid: everyRule((end) => `r.?${end}Entities.orValue([]).all(e, !e.startsWith("world"))`),
  message: "opens to the entity world",
  field: "spec",
  remedy: "Name hosts in toFQDNs, or address blocks with exceptions in fromCIDRSet or toCIDRSet.",
});
