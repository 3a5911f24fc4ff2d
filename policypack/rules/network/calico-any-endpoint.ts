import { rule } from "../../engine/rule";
import { calicoKinds, everyAllow } from "./_calico";

// Without namespaceSelector a namespaced policy selects in its own namespace, a global one in all of them.
const NARROW = `(e.?selector.orValue("all()") != "all()" || has(e.nets) || has(e.serviceAccounts) ||
  (has(e.namespaceSelector) ? e.namespaceSelector != "all()" : (!has(e.selector) || object.kind == "NetworkPolicy")))`;

/** Calico policies do not open to the pods of every namespace. */
export const calicoAnyEndpoint = rule({
  id: "network/calico-any-endpoint",
  severity: "high",
  title: "Calico policies do not open to the pods of every namespace",
  why: "The selector all() selects every pod, those of tenants and those made tomorrow included.",
  standards: { cis: ["5.3.2"], nsa: true, bio: ["8.20", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: calicoKinds,
  valid: everyAllow(`[r.?peer.orValue({})].all(e, ${NARROW})`),
  message: "allows pods of every namespace",
  field: "spec",
  remedy: "Select namespaces by projectcalico.org/name, or pods by label.",
});
