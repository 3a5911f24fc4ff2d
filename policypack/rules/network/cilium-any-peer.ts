import { rule } from "../../engine/rule";
import { ciliumKinds, everyRule, namesPeers } from "./_cilium";

/** Cilium policies name the peers of every rule with ports (Cilium, "Layer 4 Examples": without peers everyone matches). */
export const ciliumAnyPeer = rule({
  id: "network/cilium-any-peer",
  severity: "medium",
  title: "Cilium policies name the peers of every rule",
  why: "A rule with ports and without peers lets any pod of any namespace, and any address, through: the port alone is no boundary.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  valid: everyRule((end) => `r.?toPorts.orValue([]).size() == 0 || ${namesPeers(end)}`),
  message: "has a rule with ports and without peers",
  field: "spec",
  remedy: "Name the endpoints, services, names or addresses of the rule.",
});
