import { rule } from "../../engine/rule";

/** Routes name their hosts. */
export const routeHost = rule({
  id: "exposure/route-host",
  severity: "medium",
  title: "Routes name their hosts",
  why: "A route without hosts, or for all below a domain, answers for names of others and takes requests that no other route matches.",
  standards: { bio: ["8.20", "8.22"] },
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
    : object.spec.?hostnames.orValue([]).size() > 0 && object.spec.hostnames.all(host, !host.contains("*"))`,
  message: "answers for more than named hosts",
  field: "spec",
  remedy: "Write the full host names in hostnames.",
});
