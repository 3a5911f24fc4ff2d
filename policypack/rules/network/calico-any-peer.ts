import { rule } from "../../engine/rule";
import { calicoKinds, everyAllow } from "./_calico";
import { everyAddress, held } from "./_ranges";

/** Calico policies name the peers of every allow. */
export const calicoAnyPeer = rule({
  id: "network/calico-any-peer",
  severity: "medium",
  title: "Calico policies name the peers of every rule that allows",
  why: "An allow without peers, or for every address, lets any pod of any namespace and the internet through: the port alone is no boundary.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  parameters: everyAddress,
  kinds: calicoKinds,
  valid: everyAllow(`(r.?peer.orValue({}).exists(k, k != "ports") &&
    !params.every.exists(range, ${held("r.peer.?nets.orValue([])", "range")}))`),
  message: "allows without naming peers",
  field: "spec",
  remedy: "Name the peers by selector, service account, service or address block.",
});
