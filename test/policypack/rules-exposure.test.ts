import { longLists, mutationTests } from "./rules-mutants";

mutationTests("exposure", {
  // Without a dot in the host, the text from its first dot on cannot be the rest of a wildcard either.
  "exposure/ingress-tls": [
    'r.?host.orValue("").contains(".") && h == "*" + r.host.substring(r.host.indexOf(".")) -> (h == "*" + r.host.substring(r.host.indexOf(".")))',
  ],
  "exposure/load-balancer-source-ranges": longLists("ranges"),
});
