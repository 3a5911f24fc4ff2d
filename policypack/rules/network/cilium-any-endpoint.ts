import { rule } from "../../engine/rule";
import { ciliumKinds, everyRule, NAMESPACE_LABEL, NAMESPACE_LABELS } from "./_cilium";
import { NAMESPACE_NAME } from "../namespaces/_selector";

// In a namespaced policy a selector that says nothing of namespaces selects in its own (Cilium, "Kubernetes Constructs
// In Policy", Namespaces).
const NARROW = `(e.?matchLabels.orValue({}).exists(k, true) ||
  e.?matchExpressions.orValue([]).exists(x, x.operator == "In" || (x.operator == "Exists" &&
    !x.key.endsWith("${NAMESPACE_LABEL}") && !x.key.endsWith("${NAMESPACE_NAME}"))) ||
  (object.kind == "CiliumNetworkPolicy" && !e.?matchExpressions.orValue([]).exists(x,
    x.key.endsWith("${NAMESPACE_LABEL}") || x.key.contains("${NAMESPACE_LABELS}"))))`;

/** Cilium policies do not open to the pods of every namespace. */
export const ciliumAnyEndpoint = rule({
  id: "network/cilium-any-endpoint",
  severity: "high",
  title: "Cilium policies do not open to the pods of every namespace",
  why: "An empty selector of a clusterwide policy, one that only leaves out, a namespace label that need only exist, and the entity cluster select every pod, those of tenants and those made tomorrow included.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  valid: everyRule(
    (end) => `r.?${end}Endpoints.orValue([]).all(e, ${NARROW}) && r.?${end}Entities.orValue([]).all(e, e != "cluster")`,
  ),
  message: "allows pods of every namespace",
  field: "spec",
  remedy: `Select pods by label, with the namespace in k8s:${NAMESPACE_LABEL}.`,
});
