import { stackRule } from "../../engine/rule";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { HTTP_ROUTE, INGRESS, OPENSHIFT_ROUTE } from "./_routes";
import { deploysIn, mayRunPods, owned } from "./_selection";

/** A Service that a route sends to, and its port by number or name where the route says one. */
interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly port?: string;
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

/**
 * Istio: a name without dots is a Service of the namespace, a whole name one of the cluster (Destination, host); others
 * are hosts outside, or of a ServiceEntry.
 */
function ofVirtualService({ object, namespace }: StackObject): readonly Target[] {
  const routes = ["http", "tcp", "tls"].flatMap((key) => asObjects(at(object, "spec", key)));
  const destinations = routes.flatMap((route) => [
    ...asObjects(route["route"]).map(({ destination }) => destination),
    route["mirror"],
    ...asObjects(route["mirrors"]).map(({ destination }) => destination),
  ]);
  return destinations.flatMap((destination) => {
    const [name = "", own = namespace, ...rest] = (asString(at(destination, "host")) ?? "").split(".");
    if (rest.length > 0 ? rest.join(".") !== "svc.cluster.local" : own !== namespace) return [];
    return named([{ name, port: at(destination, "port") ?? null }], own);
  });
}

function named(values: readonly (Json | undefined)[], namespace: string): readonly Target[] {
  return values.flatMap((value) => {
    const name = asString(at(value, "name"));
    if (name === undefined || name === "") return [];
    const given = at(value, "port");
    const port = [given, at(given, "number"), at(given, "name")].map(shown).find((each) => each !== "");
    return [{ namespace, name, ...(port !== undefined && { port }) }];
  });
}

/** A number or a name of a port. */
const shown = (port: Json | undefined): string => (typeof port === "number" ? `${port}` : (asString(port) ?? ""));

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
  "networking.istio.io/VirtualService": ofVirtualService,
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

/** Names that Istio knows without a Service. */
function isEntry({ name }: Target, stack: StackIndex): boolean {
  return stack
    .ofKind("networking.istio.io/ServiceEntry")
    .some(({ object }) => asList(at(object, "spec", "hosts")).includes(name));
}

/** Whether the stack has the Service, and it has no such port. */
function lacksPort({ namespace, name, port }: Target, stack: StackIndex): boolean {
  const service = stack.find("Service", namespace, name);
  if (service === undefined || port === undefined || at(service.object, "spec", "type") === "ExternalName")
    return false;
  return !asObjects(at(service.object, "spec", "ports")).some(
    (each) => shown(each["port"]) === port || each["name"] === port,
  );
}

/** What is wrong with where a route leads, each once. */
function problems(targets: readonly Target[], stack: StackIndex): ReadonlySet<string> {
  return new Set(
    targets.flatMap((target) => {
      const service = `the Service ${target.namespace}/${target.name}`;
      if (isMissing(target, stack) && !isEntry(target, stack)) return `leads to ${service}, which is not in this stack`;
      return lacksPort(target, stack) ? `leads to port ${target.port ?? ""} of ${service}, which it does not have` : [];
    }),
  );
}

/** Routes and Ingresses lead to Services that the stack has. */
export const routeTarget = stackRule({
  id: "stack/route-target",
  severity: "low",
  title: "Routes and Ingresses lead to Services that the stack has, and to a port of theirs",
  why: "Whoever makes a Service of that name later gets the requests, with the cookies and passwords in them; until then visitors get an error.",
  standards: { iso27002: ["8.9", "8.22"], kubeLinter: ["dangling-ingress"], kubescape: ["C-0298", "C-0302"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "leads to a Service that is not in this stack",
  remedy: "Correct the name or the port, add the Service, or remove the route.",
  select: (stack) =>
    owned(
      stack,
      Object.keys(targetsByKind).flatMap((kind) => stack.ofKind(kind)),
    ),
  check: (route, stack) =>
    [...problems(targetsByKind[route.kind]?.(route) ?? [], stack)].map((message) => ({ message })),
});
