import { defineOperator } from "../frame/define";
import { edgeSettings, openshiftAnnotations, traefikObjects } from "./limits";
import { routerFlows, routerMonitor, routerSources } from "./metrics";
import { edgeRoutes, limitedRoutes } from "./routes";

export default defineOperator({
  name: "edge",
  title:
    "Edge: rate, connection and body limits, timeouts, headers and source ranges for every public route of the suite.",
  duties: [
    "Volumetric attacks are stopped before the cluster: scrubbing or a content delivery network of the provider, and limits on its load balancer.",
    "Limits count per client address, so the controller must see it: `externalTrafficPolicy: Local` on its Service, or PROXY protocol, or `proxyDepth` with proxies in front. Where it sees one address for all, all share one limit.",
    "Traefik: timeouts of its entry points (`respondingTimeouts`), TLS options and `forwardedHeaders.trustedIPs` are its static configuration; its CRD provider is on.",
    "Other Gateways than Traefik have limits of their own kinds (BackendTrafficPolicy and the like); set `gatewayFilter: false` and configure them beside the routes.",
    "Error rate, speed and public certificates of the suite are measured at the controller: Traefik with `metrics.prometheus` on, its pods' port named `metrics`, 9100, and open to the monitoring namespace. OpenShift's router is watched by OpenShift's own monitoring.",
    "OpenShift's router has no limit on the size of a body: the apps' own limits count there.",
    "Routes get the limits when they are applied. Before `enabled: false`, know that routes keep naming the middlewares until the suite is applied again, and Traefik does not serve a route whose middleware is gone.",
  ],
  enabledByDefault: true,
  settings: edgeSettings,
  needs: ["prometheus"],
  // Traefik's objects where it is the controller and there; OpenShift's router reads annotations only.
  objects: ({ facts, settings }) => [
    ...(edgeRoutes(facts, settings)?.by === "traefik"
      ? facts.apps.flatMap((app) => traefikObjects(app, settings))
      : []),
    ...routerMonitor(facts),
  ],
  sources: ({ facts }) => routerSources(facts),
  flows: ({ facts }) => routerFlows(facts),
  routes: ({ facts, settings }) => limitedRoutes(facts, settings),
  // Of Traefik, admission writes the name of each app's chain; OpenShift's router takes annotations, the same for all.
  ingressAnnotations: ({ facts, settings }) =>
    facts.edgeController === "haproxy-openshift"
      ? openshiftAnnotations({ key: "", namespace: "" }, settings).limits
      : {},
});
