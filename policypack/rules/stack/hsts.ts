import { z } from "zod";
import { stackRule } from "../../engine/rule";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { redirectsToTls } from "./http-redirect";
import { HTTP_ROUTE, INGRESS, ingressClass, middlewares, parentsOf } from "./_routes";

const HEADER = "strict-transport-security";

/** Whether a middleware, or one of its chain, sets the header; undefined where one of them is not in the stack. */
function sets(middleware: StackObject | undefined, stack: StackIndex, depth = 0): boolean | undefined {
  if (middleware === undefined || depth > 8) return undefined;
  const headers = asObject(at(middleware.object, "spec", "headers"));
  const custom = Object.keys(asObject(headers?.["customResponseHeaders"]) ?? {});
  if (headers?.["stsSeconds"] !== undefined || custom.some((name) => name.toLowerCase() === HEADER)) return true;
  const chained = asObjects(at(middleware.object, "spec", "chain", "middlewares")).map((each) =>
    byName(asString(each["namespace"]) ?? middleware.namespace, asString(each["name"]) ?? "", stack),
  );
  return some(chained.map((each) => sets(each, stack, depth + 1)));
}

/** Whether one of them is true; where none is, undefined if one of them is. */
function some(values: readonly (boolean | undefined)[]): boolean | undefined {
  return values.includes(true) || (values.includes(undefined) ? undefined : false);
}

function byName(namespace: string, name: string, stack: StackIndex): StackObject | undefined {
  return middlewares(stack).find((each) => each.namespace === namespace && each.name === name);
}

/** The middlewares that an Ingress names (Traefik, Kubernetes Ingress: `<namespace>-<name>@kubernetescrd`). */
function ofIngress(ingress: StackObject, stack: StackIndex): boolean | undefined {
  const named = (ingress.annotations["traefik.ingress.kubernetes.io/router.middlewares"] ?? "").split(",");
  const references = named.map((name) => name.trim()).filter((name) => name !== "");
  const found = references.map((reference) =>
    middlewares(stack).find((each) => `${each.namespace}-${each.name}@kubernetescrd` === reference),
  );
  return some(found.map((each) => sets(each, stack)));
}

function ofFilter(filter: JsonObject, namespace: string, stack: StackIndex): boolean | undefined {
  if (filter["type"] === "ExtensionRef") {
    return sets(byName(namespace, asString(at(filter, "extensionRef", "name")) ?? "", stack), stack);
  }
  const modifier = asObject(filter["responseHeaderModifier"]) ?? {};
  return [...asObjects(modifier["set"]), ...asObjects(modifier["add"])].some(
    ({ name }) => asString(name)?.toLowerCase() === HEADER,
  );
}

function ofRoute(route: StackObject, stack: StackIndex): boolean {
  const rules = asObjects(at(route.object, "spec", "rules")).filter((rule) => !redirectsToTls(rule));
  return rules.every(
    (rule) => some(asObjects(rule["filters"]).map((filter) => ofFilter(filter, route.namespace, stack))) !== false,
  );
}

/** What the edge serves tells browsers to use TLS only. Middlewares outside the stack get the benefit of the doubt. */
export const hsts = stackRule({
  id: "stack/hsts",
  severity: "medium",
  title: "What the edge serves tells browsers to use TLS only",
  why: "Without Strict-Transport-Security the first request of a visit goes over plain HTTP, where an attacker answers it.",
  standards: { iso27002: ["8.24", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "does not set Strict-Transport-Security",
  remedy: "Name a middleware with headers.stsSeconds, or a ResponseHeaderModifier that sets the header.",
  parameters: z.strictObject({
    /** Classes of Traefik, which sets no such header by itself. */
    classes: z.array(z.string()).default(["traefik"]),
  }),
  select: (stack) => [...stack.ofKind(INGRESS), ...stack.ofKind(HTTP_ROUTE)],
  // Routes of a mesh belong to a Service: no browser sees them.
  concerns: (object, _stack, params) =>
    object.kind === INGRESS ? asList(params["classes"]).includes(ingressClass(object)) : parentsOf(object).length > 0,
  check: (object, stack) => {
    const found = object.kind === INGRESS ? ofIngress(object, stack) : ofRoute(object, stack);
    return found === false ? [{}] : [];
  },
});
