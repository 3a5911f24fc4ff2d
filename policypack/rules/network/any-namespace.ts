import { rule } from "../../engine/rule";
import { selectsNamespaces, selectsByLabel } from "../namespaces/_selector";

const NARROW = `!has(p.namespaceSelector) || ${selectsNamespaces("p.namespaceSelector")} || ${selectsByLabel("p.?podSelector")}`;

const direction = (type: string, rules: string, peers: string): string =>
  `(!(object.?spec.?policyTypes.orValue(["${type}"]).exists(t, t == "${type}")) ||
    object.?spec.?${rules}.orValue([]).all(r, r.?${peers}.orValue([]).all(p, ${NARROW})))`;

/** Network policies do not open to the pods of every namespace. */
export const anyNamespace = rule({
  id: "network/any-namespace",
  severity: "high",
  title: "Network policies do not open to the pods of every namespace",
  why: "An empty namespace selector selects every namespace, those of tenants and those made tomorrow included; so does one that only says which it leaves out.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"], trivy: ["KSV-0038"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `${direction("Ingress", "ingress", "from")} && ${direction("Egress", "egress", "to")}`,
  message: "allows pods of every namespace",
  field: "spec",
  remedy: "Select namespaces by kubernetes.io/metadata.name, or pods by label.",
});
