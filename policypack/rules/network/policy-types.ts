import { rule } from "../../engine/rule";

/** Network policies list the directions that they govern. */
export const policyTypes = rule({
  id: "network/policy-types",
  severity: "medium",
  title: "Network policies list the directions that they govern",
  why: "Rules of a direction that policyTypes leaves out have no effect, and a policy without policyTypes leaves all egress open unless it has egress rules.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  valid: `object.?spec.?policyTypes.orValue([]).size() > 0 &&
    (object.?spec.?ingress.orValue([]).size() == 0 || object.?spec.?policyTypes.orValue([]).exists(t, t == "Ingress")) &&
    (object.?spec.?egress.orValue([]).size() == 0 || object.?spec.?policyTypes.orValue([]).exists(t, t == "Egress"))`,
  message: "leaves out a direction, or has rules in one that policyTypes leaves out",
  field: "spec.policyTypes",
  remedy: "Set policyTypes to [Ingress, Egress], or leave the rules of the other direction away.",
});
