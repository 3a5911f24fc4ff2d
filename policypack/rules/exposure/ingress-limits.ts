import { z } from "zod";
import { rule } from "../../engine/rule";

const MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares";

/** An Ingress limits rate, connections or size of requests. */
export const ingressLimits = rule({
  id: "exposure/ingress-limits",
  severity: "low",
  title: "An Ingress limits rate, connections or size of requests",
  why: "Without a limit one client takes all workers of an application, and guesses passwords as fast as it can.",
  standards: { iso27002: ["8.6", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["networking.k8s.io/Ingress"],
  parameters: z.strictObject({
    annotations: z
      .array(z.string())
      .default([
        "nginx.ingress.kubernetes.io/limit-rps",
        "nginx.ingress.kubernetes.io/limit-rpm",
        "nginx.ingress.kubernetes.io/limit-connections",
        "haproxy.org/rate-limit-requests",
        "haproxy.router.openshift.io/rate-limit-connections",
      ]),
    // Most middlewares limit nothing: the suite's own set a header or redirect.
    middlewares: z.array(z.string().min(1)).default(["platform-edge", "limit", "in-flight", "inflight"]),
  }),
  valid: `object.metadata.?annotations.orValue({}).exists(k, params.annotations.exists(limit, limit == k)) ||
    params.middlewares.exists(part, object.metadata.?annotations[?"${MIDDLEWARES}"].orValue("").contains(part))`,
  message: "limits neither rate, connections nor size of requests",
  field: "metadata.annotations",
  remedy:
    "Name a middleware with a rate limit, or set the limits in annotations of the controller; name its middlewares in the parameter middlewares.",
});
