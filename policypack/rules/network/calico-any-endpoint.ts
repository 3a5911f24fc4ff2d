import { rule } from "../../engine/rule";
import { calicoKinds, everyAllow } from "./_calico";

// Terms that every endpoint or namespace meets, or all but those that they leave out: a label that is absent is unequal
// to any value (Calico, NetworkPolicy reference, Selectors).
const OPEN_TERM = [
  "all[(][)]",
  "! *has[(][^)]*[)]",
  "has[(] *projectcalico[.]org/name(space)? *[)]",
  "[^ &|!=]+ *!=.+",
  "[^ &|]+ +not +in.+",
].join("|");

/**
 * Whether one of a selector's alternatives has open terms alone. Each term is looked at by itself: an expression for a
 * whole alternative takes exponentially long where it fails.
 */
const isOpen = (selector: string): string =>
  `${selector}.split("||").exists(alternative, alternative.split("&&").all(term, term.matches("^ *(${OPEN_TERM}) *$")))`;

// Without namespaceSelector a namespaced policy selects in its own namespace, a global one in all of them.
const NARROW = `(!${isOpen(`e.?selector.orValue("all()")`)} || has(e.nets) || has(e.serviceAccounts) ||
  (has(e.namespaceSelector) ? !${isOpen("e.namespaceSelector")} : (!has(e.selector) || object.kind == "NetworkPolicy")))`;

/** Calico policies do not open to the pods of every namespace. */
export const calicoAnyEndpoint = rule({
  id: "network/calico-any-endpoint",
  severity: "high",
  title: "Calico policies do not open to the pods of every namespace",
  why: "The selector all() selects every pod, those of tenants and those made tomorrow included; so does one that only says which it leaves out.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: calicoKinds,
  valid: everyAllow(`[r.?peer.orValue({})].all(e, ${NARROW})`),
  message: "allows pods of every namespace",
  field: "spec",
  remedy: "Select namespaces by projectcalico.org/name, or pods by label.",
});
