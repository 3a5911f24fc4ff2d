import { rule } from "../../engine/rule";
import { ciliumKinds, everyRule, namesPeers } from "./_cilium";

/** Cilium policies name the ports of every rule. */
export const ciliumPorts = rule({
  id: "network/cilium-ports",
  severity: "low",
  title: "Cilium policies name the ports of every rule",
  why: "A rule with peers and without ports opens debug, metrics and administration ports beside the one that is meant.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ciliumKinds,
  valid: everyRule(
    (end) => `!${namesPeers(end)} || r.?icmps.orValue([]).size() > 0 ||
    (r.?toPorts.orValue([]).size() > 0 && r.toPorts.all(t, t.?ports.orValue([]).size() > 0))`,
  ),
  message: "has a rule without ports",
  field: "spec",
  remedy: "List the ports and protocols that the flow needs in toPorts.",
});
