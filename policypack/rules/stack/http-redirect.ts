import { stackRule } from "../../engine/rule";
import { asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { GATEWAY, hostNames, HTTP_ROUTE, parentsOf } from "./_routes";
import type { Parent } from "./_routes";

/** Whether two host names of a listener and a route meet: equal, or one below the other's wildcard. */
export function hostsMeet(a: string, b: string): boolean {
  const below = (wildcard: string, host: string): boolean =>
    wildcard.startsWith("*.") && host.endsWith(wildcard.slice(1));
  return a === b || below(a, b) || below(b, a);
}

function attaches(route: StackObject, { sectionName, port }: Parent, listener: JsonObject): boolean {
  const hosts = hostNames(at(route.object, "spec", "hostnames"));
  const own = asString(listener["hostname"]) ?? "";
  return (
    (sectionName === undefined || sectionName === listener["name"]) &&
    (port === undefined || port === listener["port"]) &&
    (own === "" || hosts.length === 0 || hosts.some((host) => hostsMeet(host, own)))
  );
}

/** Listeners without TLS that the route attaches to. A Gateway that is not in the stack is not judged. */
function plainListeners(route: StackObject, stack: StackIndex): readonly JsonObject[] {
  return parentsOf(route).flatMap((parent) => {
    const gateway = stack.find(GATEWAY, parent.namespace, parent.name);
    return asObjects(at(gateway?.object, "spec", "listeners")).filter(
      (listener) => listener["protocol"] === "HTTP" && attaches(route, parent, listener),
    );
  });
}

/** Whether a rule does nothing but send the client to TLS. */
export function redirectsToTls(rule: JsonObject): boolean {
  return asObjects(rule["filters"]).some(
    (filter) => filter["type"] === "RequestRedirect" && at(filter, "requestRedirect", "scheme") === "https",
  );
}

/** Routes on listeners without TLS only redirect to TLS. */
export const httpRedirect = stackRule({
  id: "stack/http-redirect",
  severity: "high",
  title: "Routes on listeners without TLS only redirect to TLS",
  why: "A route that names only the Gateway attaches to its HTTP listener too: passwords and cookies cross the network readable and changeable.",
  standards: { iso27002: ["8.24", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "serves plain HTTP",
  remedy: "Name the listener with TLS in sectionName, and redirect to https on the other.",
  select: (stack) => stack.ofKind(HTTP_ROUTE),
  check: (route, stack) =>
    asObjects(at(route.object, "spec", "rules")).every(redirectsToTls)
      ? []
      : plainListeners(route, stack).map((listener) => ({
          message: `serves plain HTTP on listener ${asString(listener["name"]) ?? ""}`,
          field: "spec.parentRefs",
        })),
});
