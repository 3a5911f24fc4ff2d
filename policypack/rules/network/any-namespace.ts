import { rule } from "../../engine/rule";

/** Network policies do not open to the pods of every namespace. */
export const anyNamespace = rule({
  id: "network/any-namespace",
  severity: "high",
  title: "Network policies do not open to the pods of every namespace",
  why: "An empty namespace selector selects every namespace, those of tenants and those made tomorrow included.",
  standards: { cis: ["5.3.2"], nsa: true, bio: ["8.20", "8.22"], trivy: ["KSV-0038"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `(!(object.spec.?policyTypes.orValue(["Ingress"]).exists(t, t == "Ingress")) ||
    object.spec.?ingress.orValue([]).all(r, r.?from.orValue([]).all(p, !has(p.namespaceSelector) || p.namespaceSelector.?matchLabels.orValue({}).exists(k, true) || p.namespaceSelector.?matchExpressions.orValue([]).size() > 0 || p.?podSelector.?matchLabels.orValue({}).exists(k, true) || p.?podSelector.?matchExpressions.orValue([]).size() > 0))) &&
    (!(object.spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.spec.?egress.orValue([]).all(r, r.?to.orValue([]).all(p, !has(p.namespaceSelector) || p.namespaceSelector.?matchLabels.orValue({}).exists(k, true) || p.namespaceSelector.?matchExpressions.orValue([]).size() > 0 || p.?podSelector.?matchLabels.orValue({}).exists(k, true) || p.?podSelector.?matchExpressions.orValue([]).size() > 0)))`,
  message: "allows pods of every namespace",
  field: "spec",
  remedy: "Select namespaces by kubernetes.io/metadata.name, or pods by label.",
});
