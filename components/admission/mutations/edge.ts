import { EDGE_NAME } from "../../operators/edge/limits";
import type { RouteAnnotations, RouteLimits } from "../../operators/frame/routes";
import { literal, text } from "../cel";
import { annotation, setAnnotation, setAnnotations } from "./annotations";
import type { MatchCondition, Mutation, ResourceRule } from "./mutation";

const MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares";
const TRANSPORT = "traefik.ingress.kubernetes.io/service.serverstransport";

const changed = (apiGroups: readonly string[], resources: readonly string[]): ResourceRule => ({
  apiGroups,
  apiVersions: ["v1"],
  operations: ["CREATE", "UPDATE"],
  resources,
});

/** How Traefik's annotations name an object of the route's own namespace. */
const REFERENCE = `(object.metadata.namespace + ${text(`-${EDGE_NAME}@kubernetescrd`)})`;

/**
 * The platform's limits on every public route of the suite, written into the route when it is applied. The suite's
 * values cannot do it: each release sets the same annotation itself (see docs/handover.md, "Limits at the edge").
 */
export function edgeMutations(routes: RouteLimits | undefined): readonly Mutation[] {
  switch (routes?.by) {
    case undefined:
      return [];
    case "traefik": {
      const inNamespaces = within(routes.namespaces);
      return [
        ingressMutation(inNamespaces),
        timeoutMutation(inNamespaces),
        ...(routes.gatewayFilter ? [gatewayMutation(inNamespaces)] : []),
      ];
    }
    case "haproxy-openshift":
      return [openshiftMutation(routes.annotations)];
  }
}

function within(namespaces: readonly string[]): MatchCondition {
  return {
    name: "has-limits",
    expression: `object.metadata.namespace in ${literal([...namespaces].sort())}`,
  };
}

/** The charts' own middlewares stay, in their order; the platform's chain comes once, and last. */
function ingressMutation(inNamespaces: MatchCondition): Mutation {
  const own = `${annotation(MIDDLEWARES)}.split(',').map(name, name.trim()).filter(name, name != '' && name != ${REFERENCE})`;
  const wanted = `(${own} + [${REFERENCE}]).join(',')`;
  return {
    name: "edge-ingresses",
    title: "Every Ingress has the limits of the edge",
    resources: changed(["networking.k8s.io"], ["ingresses"]),
    conditions: [inNamespaces, { name: "without", expression: `${annotation(MIDDLEWARES)} != ${wanted}` }],
    patch: setAnnotation(MIDDLEWARES, wanted),
  };
}

/** Traefik reads timeouts towards pods from their Service. A transport that the chart names stays. */
function timeoutMutation(inNamespaces: MatchCondition): Mutation {
  return {
    name: "edge-services",
    title: "Waiting for an answer of a Service ends",
    resources: changed([""], ["services"]),
    conditions: [inNamespaces, { name: "without", expression: `${annotation(TRANSPORT)} == ''` }],
    patch: setAnnotation(TRANSPORT, REFERENCE),
  };
}

const filter = {
  type: "ExtensionRef",
  extensionRef: { group: "traefik.io", kind: "Middleware", name: EDGE_NAME },
} as const;

function gatewayMutation(inNamespaces: MatchCondition): Mutation {
  const { group, kind, name } = filter.extensionRef;
  const isOurs =
    `filter.?extensionRef.?group.orValue('') == ${text(group)} && ` +
    `filter.?extensionRef.?kind.orValue('') == ${text(kind)} && ` +
    `filter.?extensionRef.?name.orValue('') == ${text(name)}`;
  const without = `!rule.?filters.orValue([]).exists(filter, ${isOurs})`;
  const path = "'/spec/rules/' + string(i) + '/filters'";
  const rules = "object.spec.?rules.orValue([])";
  const value = literal(filter);
  return {
    name: "edge-http-routes",
    title: "Every rule of an HTTPRoute has the limits of the edge",
    resources: changed(["gateway.networking.k8s.io"], ["httproutes"]),
    conditions: [inNamespaces, { name: "without", expression: `${rules}.exists(rule, ${without})` }],
    patch:
      `${rules}.transformList(i, rule, ${without}, has(rule.filters) ? ` +
      `JSONPatch{op: 'add', path: ${path} + '/-', value: ${value}} : ` +
      `JSONPatch{op: 'add', path: ${path}, value: [${value}]})`,
  };
}

/** Limits are the platform's; how long an answer may take and HSTS are the route's own where it says so. */
function openshiftMutation(annotations: ReadonlyMap<string, RouteAnnotations>): Mutation {
  const namespaces = [...annotations.keys()];
  const of = (part: keyof RouteAnnotations): string => {
    const maps = [...annotations].sort(([a], [b]) => (a < b ? -1 : 1));
    // Typed maps: the API server reads map<string, map<string, string>> without dyn.
    const entries = maps.map(([namespace, parts]) => `${text(namespace)}: ${strings(parts[part])}`);
    return `{${entries.join(", ")}}[object.metadata.namespace]`;
  };
  const present = "object.metadata.?annotations.orValue({})";
  const differs = `${present}[?key].orValue('') != value`;
  const absent = `!(key in ${present})`;
  const [limits, defaults] = [of("limits"), of("defaults")];
  return {
    name: "edge-router",
    title: "Every Ingress and Route has the limits of the edge",
    resources: changed(["networking.k8s.io", "route.openshift.io"], ["ingresses", "routes"]),
    conditions: [
      within(namespaces),
      {
        name: "without",
        expression: `${limits}.exists(key, value, ${differs}) || ${defaults}.exists(key, value, ${absent})`,
      },
    ],
    patch: setAnnotations([
      { values: limits, condition: differs },
      { values: defaults, condition: absent },
    ]),
  };
}

function strings(values: Readonly<Record<string, string>>): string {
  return `{${Object.entries(values)
    .map(([key, value]) => `${text(key)}: ${text(value)}`)
    .join(", ")}}`;
}
