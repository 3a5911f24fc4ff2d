import { z } from "zod";
import { rule } from "../../engine/rule";

/** An Ingress limits rate, connections or size of requests. */
export const ingressLimits = rule({
  id: "exposure/ingress-limits",
  severity: "low",
  title: "An Ingress limits rate, connections or size of requests",
  why: "Without a limit one client takes all workers of an application, and guesses passwords as fast as it can.",
  standards: { bio: ["8.6", "8.20"] },
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
        "traefik.ingress.kubernetes.io/router.middlewares",
        "haproxy.org/rate-limit-requests",
      ]),
  }),
  valid: `object.metadata.?annotations.orValue({}).exists(k, params.annotations.exists(limit, limit == k))`,
  message: "limits neither rate, connections nor size of requests",
  field: "metadata.annotations",
  remedy: "Name a middleware with a rate limit, or set the limits in annotations of the controller.",
});
