import { stackRule } from "../../engine/rule";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { HTTP_ROUTE, INGRESS, OPENSHIFT_ROUTE } from "./_routes";
import { deploysIn, mayRunPods, owned } from "./_selection";

/** A Service that a route sends to. */
interface Target {
  readonly namespace: string;
  readonly name: string;
}

/** The Services of an Ingress: of its paths and of its default. */
function ofIngress({ object, namespace }: StackObject): readonly Target[] {
  const paths = asObjects(at(object, "spec", "rules")).flatMap((rule) => asObjects(at(rule, "http", "paths")));
  const backends = [at(object, "spec", "defaultBackend"), ...paths.map((path) => path["backend"])];
  return named(
    // AWS' load balancer takes this for the name of an annotation that says what to do.
    backends
      .map((backend) => at(backend, "service"))
      .filter((service) => at(service, "port", "name") !== "use-annotation"),
    namespace,
  );
}

/** Of a route of the Gateway API, what it mirrors to among it; other kinds of backends are not judged. */
function ofGatewayRoute({ object, namespace }: StackObject): readonly Target[] {
  const rules = asObjects(at(object, "spec", "rules"));
  const backends = rules.flatMap((rule) => asObjects(rule["backendRefs"]));
  const mirrors = [...rules, ...backends]
    .flatMap((each) => asObjects(each["filters"]))
    .map((filter): JsonObject => asObject(at(filter, "requestMirror", "backendRef")) ?? {});
  return [...backends, ...mirrors]
    .filter(
      (backend) => (asString(backend["kind"]) ?? "Service") === "Service" && (asString(backend["group"]) ?? "") === "",
    )
    .flatMap((backend) => named([backend], asString(backend["namespace"]) ?? namespace));
}

function ofOpenshiftRoute({ object, namespace }: StackObject): readonly Target[] {
  const targets = [asObject(at(object, "spec", "to")) ?? {}, ...asObjects(at(object, "spec", "alternateBackends"))];
  return named(
    targets.filter(({ kind }) => kind === undefined || kind === "Service"),
    namespace,
  );
}

/** Traefik sends to its own services (TraefikService) as well. */
function ofTraefikRoute({ object, namespace }: StackObject): readonly Target[] {
  const services = asList(at(object, "spec", "routes")).flatMap((route) => asObjects(at(route, "services")));
  return services
    .filter((service) => (asString(service["kind"]) ?? "Service") === "Service")
    .flatMap((service) => named([service], asString(service["namespace"]) ?? namespace));
}

function named(values: readonly (Json | undefined)[], namespace: string): readonly Target[] {
  return values.flatMap((value) => {
    const name = asString(at(value, "name"));
    return name === undefined || name === "" ? [] : [{ namespace, name }];
  });
}

const targetsByKind: Readonly<Record<string, (route: StackObject) => readonly Target[]>> = {
  [INGRESS]: ofIngress,
  [HTTP_ROUTE]: ofGatewayRoute,
  "gateway.networking.k8s.io/GRPCRoute": ofGatewayRoute,
  "gateway.networking.k8s.io/TLSRoute": ofGatewayRoute,
  "gateway.networking.k8s.io/TCPRoute": ofGatewayRoute,
  [OPENSHIFT_ROUTE]: ofOpenshiftRoute,
  "traefik.io/IngressRoute": ofTraefikRoute,
  "traefik.io/IngressRouteTCP": ofTraefikRoute,
  "traefik.io/IngressRouteUDP": ofTraefikRoute,
};

/** An operator makes Services under the name of its custom resource, or with something behind it. */
function madeFor({ namespace, name }: Target, stack: StackIndex): boolean {
  return stack
    .inNamespace(namespace)
    .some((object) => mayRunPods(object) && (name === object.name || name.startsWith(`${object.name}-`)));
}

/** Services that an operator makes under a name of its own (Prometheus Operator). */
const GOVERNING: ReadonlySet<string> = new Set([
  "prometheus-operated",
  "alertmanager-operated",
  "thanos-ruler-operated",
]);

/** Whether nothing of the stack can be this Service, in a namespace of which the stack has the workloads or Services. */
function isMissing(target: Target, stack: StackIndex): boolean {
  const { namespace, name } = target;
  return (
    (deploysIn(namespace, stack) || stack.ofKind("Service", namespace).length > 0) &&
    stack.find("Service", namespace, name) === undefined &&
    !GOVERNING.has(name) &&
    !madeFor(target, stack)
  );
}

/** Routes and Ingresses lead to Services that the stack has. */
export const routeTarget = stackRule({
  id: "stack/route-target",
  severity: "low",
  title: "Routes and Ingresses lead to Services that the stack has",
  why: "Whoever makes a Service of that name later gets the requests, with the cookies and passwords in them; until then visitors get an error.",
  standards: { iso27002: ["8.9", "8.22"], kubeLinter: ["dangling-ingress"], kubescape: ["C-0298", "C-0302"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "leads to a Service that is not in this stack",
  remedy: "Correct the name, add the Service, or remove the route.",
  select: (stack) =>
    owned(
      stack,
      Object.keys(targetsByKind).flatMap((kind) => stack.ofKind(kind)),
    ),
  check: (route, stack) => {
    const missing = (targetsByKind[route.kind]?.(route) ?? []).filter((target) => isMissing(target, stack));
    return [...new Set(missing.map(({ namespace, name }) => `${namespace}/${name}`))].map((name) => ({
      message: `leads to the Service ${name}, which is not in this stack`,
    }));
  },
});
