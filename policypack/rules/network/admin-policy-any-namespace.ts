import { rule } from "../../engine/rule";
import { adminKinds, ALLOWS } from "./_admin";
import { selectsNamespaces, selectsByLabel } from "../namespaces/_selector";

const WIDE = `(has(p.namespaces) && !(${selectsNamespaces("p.namespaces")})) || (has(p.pods) &&
  !(${selectsNamespaces("p.pods.namespaceSelector")}) && !(${selectsByLabel("p.pods.podSelector")}))`;

/** Cluster-wide network policies do not allow the pods of every namespace. */
export const adminPolicyAnyNamespace = rule({
  id: "network/admin-policy-any-namespace",
  severity: "critical",
  title: "Cluster-wide network policies do not allow the pods of every namespace",
  why: "What an administrator's policy allows no NetworkPolicy can deny: the default deny of every selected namespace is void.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: adminKinds,
  valid: `object.?spec.?ingress.orValue([]).all(r, !${ALLOWS} || r.?from.orValue([]).all(p, !(${WIDE}))) &&
    object.?spec.?egress.orValue([]).all(r, !${ALLOWS} || r.?to.orValue([]).all(p, !(${WIDE})))`,
  message: "allows pods of every namespace",
  field: "spec",
  remedy: "Select namespaces or pods by label, or use the action Pass to leave the decision to NetworkPolicies.",
});
