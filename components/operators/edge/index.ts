import { defineOperator } from "../define";
import { edgeSettings, middlewares } from "./limits";

const TRAEFIK_CRD = "middlewares.traefik.io";

/** Apps without a public route. */
const internal = new Set(["clamav", "ollama"]);

export default defineOperator({
  name: "edge",
  title:
    "Edge: rate, connection and body limits, timeouts, headers and source ranges for every public route of the suite.",
  duties: [
    "Volumetric attacks are stopped before the cluster: scrubbing or a content delivery network of the provider, and limits on its load balancer.",
    "Traefik: timeouts of its entry points (`respondingTimeouts`), TLS options and `forwardedHeaders.trustedIPs` are its static configuration.",
    "Other Gateways than Traefik have limits of their own kinds (BackendTrafficPolicy and the like); configure them beside the routes.",
    "OpenShift's router has no limit on the size of a body: the apps' own limits count there.",
  ],
  enabledByDefault: true,
  settings: edgeSettings,
  needs: [],
  // Traefik's objects where the cluster has Traefik; OpenShift's router and other Gateways get annotations only.
  objects: ({ facts, settings }) =>
    facts.present.crds.has(TRAEFIK_CRD)
      ? facts.apps.filter(({ key }) => !internal.has(key)).flatMap((app) => middlewares(app, settings))
      : [],
});
