import { rule } from "../../engine/rule";

/** Network policies have no rule that allows all traffic. */
export const allowAll = rule({
  id: "network/allow-all",
  severity: "high",
  title: "Network policies have no rule that allows all traffic",
  why: "Policies add up: one rule without peers and ports opens the pods to everything, whatever the other policies deny.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"], trivy: ["KSV-0038"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `(!(object.?spec.?policyTypes.orValue(["Ingress"]).exists(t, t == "Ingress")) ||
    object.?spec.?ingress.orValue([]).all(r, r.?from.orValue([]).size() > 0 || r.?ports.orValue([]).size() > 0)) &&
    (!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r, r.?to.orValue([]).size() > 0 || r.?ports.orValue([]).size() > 0))`,
  message: "allows all traffic in a direction",
  field: "spec",
  remedy: "Name the peers and ports of every rule; to deny a direction, list it in policyTypes and give no rules.",
});
