import { isPlatforms, written, type Guard } from "./guard";

const spec = "dyn(object).?spec";
const own = (where: string): string => `${where}.?namespace.orValue(request.namespace) == request.namespace`;

/**
 * Traefik calls what a Middleware names with its own network rights, and may hand the answer to whoever asked (its
 * documentation, ForwardAuth, RateLimit, Errors). The suite's charts set headers and redirects.
 */
export const middlewares: Guard = {
  name: "mijnbureau-platform-middlewares",
  role: "suite",
  resources: [written("traefik.io", "middlewares")],
  matchConditions: [
    // Those of the edge itself stand beside the app's.
    { name: "not-the-platforms", expression: `!(${isPlatforms("object")})` },
  ],
  validations: [
    {
      expression: `!${spec}.?forwardAuth.hasValue() && !${spec}.?rateLimit.?redis.hasValue() && !${spec}.?plugin.hasValue()`,
      message:
        "A Middleware of an app has Traefik call no address and run no plugin: no forwardAuth, no rateLimit.redis, no plugin.",
    },
    {
      expression: `!${spec}.?buffering.hasValue() && !${spec}.?retry.hasValue()`,
      message:
        "A Middleware of an app has Traefik, which serves everybody, keep or repeat no requests: no buffering, no retry.",
    },
    {
      expression:
        `${own(`${spec}.?errors.?service`)} && !${spec}.?errors.?service.?name.orValue("").contains("@") && ` +
        `${spec}.?errors.?service.?kind.orValue("Service") == "Service" && ${spec}.?chain.?middlewares.orValue([])` +
        `.all(each, ${own("each")} && !each.name.contains("@"))`,
      message: "A Middleware of an app names Services and Middlewares of the app's own namespace only.",
    },
  ],
};
