import { stackRule } from "../../engine/rule";
import { claimsOf, HTTP_ROUTE, INGRESS, OPENSHIFT_ROUTE } from "./_routes";

/** No two routes claim the same host and path. */
export const duplicateRoute = stackRule({
  id: "stack/duplicate-route",
  severity: "high",
  title: "No two routes claim the same host and path",
  why: "Which of the two answers is up to the controller: a route in another namespace takes over a login page that way.",
  standards: {
    bio: ["8.20", "8.22"],
    gatekeeper: ["uniqueingresshost"],
    kyverno: ["unique-ingress-host-and-path", "unique-ingress-paths", "unique-routes"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "claims a host and path that another route claims too",
  remedy: "Remove one of the two, or give it a host or path of its own.",
  select: (stack) => [INGRESS, HTTP_ROUTE, OPENSHIFT_ROUTE].flatMap((kind) => stack.ofKind(kind)),
  check: (route, stack) =>
    stack
      .ofKind(route.kind)
      .filter((other) => other !== route)
      .flatMap((other) => {
        const theirs = new Set(claimsOf(other).map(({ key }) => key));
        const shared = claimsOf(route).find(({ key }) => theirs.has(key));
        const name = `${other.shown.namespace}/${other.shown.name}`;
        return shared === undefined ? [] : [{ message: `claims ${shared.text}, as ${name} does` }];
      }),
});
