import { rule } from "../../engine/rule";
import { calicoKinds, everyAllow } from "./_calico";

/** Calico policies name the ports of every allow; protocols without ports have none. */
export const calicoPorts = rule({
  id: "network/calico-ports",
  severity: "low",
  title: "Calico policies name the ports of every rule that allows",
  why: "An allow with peers and without ports opens debug, metrics and administration ports beside the one that is meant.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: calicoKinds,
  valid: everyAllow(`has(r.icmp) || r.?destination.?ports.hasValue() || r.?destination.?services.hasValue()`),
  message: "has an allow without ports",
  field: "spec",
  remedy: "List the ports in destination, with the protocol.",
});
