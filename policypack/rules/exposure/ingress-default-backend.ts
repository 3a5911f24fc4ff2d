import { rule } from "../../engine/rule";

/** An Ingress has no default backend. */
export const ingressDefaultBackend = rule({
  id: "exposure/ingress-default-backend",
  severity: "medium",
  title: "An Ingress has no default backend",
  why: "The default backend takes every request that no rule matches, for any host.",
  standards: { iso27002: ["8.20", "8.22"], kyverno: ["restrict-ingress-defaultbackend"] },
  levels: { baseline: "off", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/Ingress"],
  valid: `!has(object.spec.defaultBackend)`,
  message: "takes every request that no rule matches",
  field: "spec.defaultBackend",
  remedy: "Remove spec.defaultBackend; let the edge answer 404.",
});
