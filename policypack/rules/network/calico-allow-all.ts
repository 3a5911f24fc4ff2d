import { rule } from "../../engine/rule";
import { calicoKinds, everyAllow } from "./_calico";

/** Calico policies have no rule that allows all traffic. */
export const calicoAllowAll = rule({
  id: "network/calico-allow-all",
  severity: "high",
  title: "Calico policies have no rule that allows all traffic",
  why: "The first rule that matches decides: an allow without peers and protocol opens the pods to everything, whatever later policies deny.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: calicoKinds,
  valid: everyAllow(`has(r.protocol) || has(r.source) || has(r.destination)`),
  message: "allows all traffic in a direction",
  field: "spec",
  remedy:
    "Name peers, protocol and ports of every allow; to leave the decision to other policies, use the action Pass.",
});
