import { stackRule } from "../../engine/rule";
import { append, derived } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { raiseUnknown, unlessUnknown } from "../../../lib/unknown";
import { claimsOf, HTTP_ROUTE, INGRESS, OPENSHIFT_ROUTE } from "./_routes";

const routes = (stack: StackIndex): readonly StackObject[] =>
  [INGRESS, HTTP_ROUTE, OPENSHIFT_ROUTE].flatMap((kind) => stack.ofKind(kind));

/** Who makes which claim, and of whom that is not known yet. Claims of different kinds have different keys. */
const claimants = derived((stack) => {
  const byKey = new Map<string, StackObject[]>();
  const unknown: StackObject[] = [];
  for (const route of routes(stack)) {
    const claims = unlessUnknown(() => claimsOf(route), undefined);
    if (claims === undefined) unknown.push(route);
    for (const key of new Set(claims?.map((claim) => claim.key))) append(byKey, key, route);
  }
  return { byKey, unknown };
});

/** No two routes claim the same host and path. */
export const duplicateRoute = stackRule({
  id: "stack/duplicate-route",
  severity: "high",
  title: "No two routes claim the same host and path",
  why: "Which of the two answers is up to the controller: a route in another namespace takes over a login page that way.",
  standards: {
    iso27002: ["8.20", "8.22"],
    gatekeeper: ["uniqueingresshost"],
    kyverno: ["unique-ingress-host-and-path", "unique-ingress-paths", "unique-routes"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "claims a host and path that another route claims too",
  remedy: "Remove one of the two, or give it a host or path of its own.",
  select: routes,
  check: (route, stack) => {
    const { byKey, unknown } = claimants(stack);
    // The first other one of each claim: all of a thousand routes on one path would be a million.
    const shared = new Map<StackObject, string>();
    for (const { key, text } of claimsOf(route)) {
      const other = byKey.get(key)?.find((each) => each !== route);
      if (other !== undefined && !shared.has(other)) shared.set(other, text);
    }
    if (shared.size === 0 && unknown.some(({ kind }) => kind === route.kind)) raiseUnknown();
    return [...shared].map(([{ shown }, text]) => ({
      message: `claims ${text}, as ${shown.namespace}/${shown.name} does`,
    }));
  },
});
