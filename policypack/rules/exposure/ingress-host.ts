import { rule } from "../../engine/rule";

/** Every rule of an Ingress names one host. */
export const ingressHost = rule({
  id: "exposure/ingress-host",
  severity: "medium",
  title: "Every rule of an Ingress names one host",
  why: "A rule for every host, or for all below a domain, answers for names of others and takes requests that no other rule matches.",
  standards: {
    iso27002: ["8.20", "8.22"],
    gatekeeper: ["block-wildcard-ingress"],
    kyverno: ["restrict-ingress-wildcard", "disallow-empty-ingress-host"],
  },
  levels: { baseline: "off", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/Ingress"],
  valid: `object.spec.?rules.orValue([]).all(r, r.?host.orValue("") != "" && !r.host.contains("*"))`,
  message: "answers for more than one named host",
  field: "spec.rules",
  remedy: "Write the full host name in every rule.",
});
