import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";

export const INGRESS = "networking.k8s.io/Ingress";
export const HTTP_ROUTE = "gateway.networking.k8s.io/HTTPRoute";
export const GATEWAY = "gateway.networking.k8s.io/Gateway";
export const OPENSHIFT_ROUTE = "route.openshift.io/Route";

/** The class of an Ingress, by field or by the annotation that it replaced. */
export function ingressClass(ingress: StackObject): string {
  return (
    asString(at(ingress.object, "spec", "ingressClassName")) ?? ingress.annotations["kubernetes.io/ingress.class"] ?? ""
  );
}

/** The host names of a list, none standing for every host. */
export function hostNames(value: JsonObject[string]): readonly string[] {
  return asList(value).flatMap((host) => asString(host) ?? []);
}

/** A Gateway that a route attaches to, with the listener where the route names one. */
export interface Parent {
  readonly namespace: string;
  readonly name: string;
  readonly sectionName: string | undefined;
  readonly port: number | undefined;
}

/** The Gateways that a route names. */
export function parentsOf(route: StackObject): readonly Parent[] {
  return asObjects(at(route.object, "spec", "parentRefs"))
    .filter((parent) => (asString(parent["kind"]) ?? "Gateway") === "Gateway")
    .map((parent) => ({
      namespace: asString(parent["namespace"]) ?? route.namespace,
      name: asString(parent["name"]) ?? "",
      sectionName: asString(parent["sectionName"]),
      port: typeof parent["port"] === "number" ? parent["port"] : undefined,
    }));
}

/** What a route claims: where, which host, which requests. Two objects with an equal claim fight over them. */
export interface Claim {
  readonly key: string;
  /** For messages: host and path. */
  readonly text: string;
}

const claim = (where: readonly string[], host: string, path: string, other: unknown = ""): Claim => ({
  key: JSON.stringify([...where, host.toLowerCase(), path, other]),
  text: `${host === "" ? "every host" : host}${path}`,
});

function ingressClaims(ingress: StackObject): readonly Claim[] {
  // A canary takes a share of another Ingress' requests (ingress-nginx, Annotations, Canary).
  if (ingress.annotations["nginx.ingress.kubernetes.io/canary"] === "true") return [];
  return asObjects(at(ingress.object, "spec", "rules")).flatMap((rule) =>
    asObjects(at(rule, "http", "paths")).map((path) =>
      claim(
        [INGRESS, ingressClass(ingress)],
        asString(rule["host"]) ?? "",
        asString(path["path"]) ?? "/",
        path["pathType"] === "Exact",
      ),
    ),
  );
}

/** Without matches a rule takes every path (Gateway API, HTTPRouteRule). */
function httpRouteClaims(route: StackObject): readonly Claim[] {
  const hosts = hostNames(at(route.object, "spec", "hostnames"));
  const matches = asObjects(at(route.object, "spec", "rules")).flatMap((rule) =>
    asObjects(rule["matches"]).length > 0 ? asObjects(rule["matches"]) : [{}],
  );
  return parentsOf(route).flatMap(({ namespace, name, sectionName, port }) =>
    (hosts.length > 0 ? hosts : [""]).flatMap((host) =>
      matches.map(({ path, ...conditions }) => {
        const { value, type } = asObject(path) ?? {};
        const where = [HTTP_ROUTE, namespace, name, sectionName ?? "", `${port ?? ""}`];
        return claim(where, host, asString(value) ?? "/", [asString(type) ?? "PathPrefix", conditions]);
      }),
    ),
  );
}

function openshiftClaims({ object }: StackObject): readonly Claim[] {
  const host = asString(at(object, "spec", "host"));
  return host === undefined ? [] : [claim([OPENSHIFT_ROUTE], host, asString(at(object, "spec", "path")) ?? "/")];
}

/** The claims of an Ingress, HTTPRoute or Route. */
export function claimsOf(route: StackObject): readonly Claim[] {
  if (route.kind === INGRESS) return ingressClaims(route);
  return route.kind === HTTP_ROUTE ? httpRouteClaims(route) : openshiftClaims(route);
}

/** A Traefik middleware by the API group that has it now or had it before. */
export function middlewares(stack: StackIndex): readonly StackObject[] {
  return ["traefik.io/Middleware", "traefik.containo.us/Middleware"].flatMap((kind) => stack.ofKind(kind));
}
