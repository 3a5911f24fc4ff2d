import { z } from "zod";
import { rule } from "../../engine/rule";

/** Routes attach to Gateways that the stack allows: `gateways` are regular expressions on namespace/name, by default every one. */
export const routeParent = rule({
  id: "exposure/route-parent",
  severity: "medium",
  title: "Routes attach to the platform's Gateways",
  why: "A route on another Gateway passes the edge with its TLS, limits and log.",
  standards: { iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "gateway.networking.k8s.io/HTTPRoute",
    "gateway.networking.k8s.io/GRPCRoute",
    "gateway.networking.k8s.io/TLSRoute",
    "gateway.networking.k8s.io/TCPRoute",
    "gateway.networking.k8s.io/UDPRoute",
  ],
  parameters: z.strictObject({ gateways: z.array(z.string()).default([".*"]) }),
  valid: `object.spec.?parentRefs.orValue([]).all(p, p.?kind.orValue("Gateway") != "Gateway" || params.gateways.exists(g,
    (p.?namespace.orValue(object.metadata.?namespace.orValue("default")) + "/" + p.name).matches("^(" + g + ")$")))`,
  message: "attaches to a Gateway that the stack does not allow",
  field: "spec.parentRefs",
  remedy: "Name the platform's Gateway in parentRefs, or add yours to the parameter gateways.",
});
