import { rule } from "../../engine/rule";

// Routes of a mesh belong to a Service, and redirecting every host to TLS answers for nobody.
const BESIDE_THE_EDGE = `!object.spec.?parentRefs.orValue([]).exists(p, p.?kind.orValue("Gateway") == "Gateway") ||
  (object.spec.?rules.orValue([]).size() > 0 && object.spec.rules.all(r,
    r.?filters.orValue([]).exists(f, f.?requestRedirect.?scheme.orValue("") == "https")))`;

/** Routes name their hosts. */
export const routeHost = rule({
  id: "exposure/route-host",
  severity: "medium",
  title: "Routes name their hosts",
  why: "A route without hosts, or for all below a domain, answers for names of others and takes requests that no other route matches.",
  standards: { iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "gateway.networking.k8s.io/HTTPRoute",
    "gateway.networking.k8s.io/GRPCRoute",
    "gateway.networking.k8s.io/TLSRoute",
    "route.openshift.io/Route",
  ],
  valid: `object.kind == "Route"
    ? object.spec.?wildcardPolicy.orValue("") != "Subdomain"
    : (object.spec.?hostnames.orValue([]).size() > 0 || ${BESIDE_THE_EDGE}) &&
      object.spec.?hostnames.orValue([]).all(host, !host.contains("*"))`,
  message: "answers for more than named hosts",
  field: "spec",
  remedy: "Write the full host names in hostnames.",
});
