import { z } from "zod";
import { rule } from "../../engine/rule";

/** Routes of Gateways limit rate, connections or size of requests, by a filter of the controller; redirects need none. */
export const routeLimits = rule({
  id: "exposure/route-limits",
  severity: "low",
  title: "Routes of Gateways limit rate, connections or size of requests",
  why: "Without a limit one client takes all workers of an application, and guesses passwords as fast as it can.",
  standards: { iso27002: ["8.6", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["gateway.networking.k8s.io/HTTPRoute", "gateway.networking.k8s.io/GRPCRoute"],
  parameters: z.strictObject({
    // Most extensions limit nothing: the suite's own set a header.
    extensions: z.array(z.string().min(1)).default(["platform-edge", "limit", "in-flight", "inflight"]),
  }),
  when: `object.spec.?parentRefs.orValue([]).exists(p, p.?kind.orValue("Gateway") == "Gateway")`,
  valid: `object.spec.?rules.orValue([]).all(r, r.?filters.orValue([]).exists(f, f.type == "RequestRedirect" ||
    params.extensions.exists(part, f.?extensionRef.?name.orValue("").contains(part))))`,
  message: "limits neither rate, connections nor size of requests",
  field: "spec.rules",
  remedy:
    "Add a filter of type ExtensionRef to each rule that names a limit of the Gateway's controller; list its name in the parameter extensions.",
});
