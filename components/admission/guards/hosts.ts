import { literal, text } from "../cel";
import { objectChanged, whenChanged } from "../changed";
import { written, type Guard, type GuardFacts, type Validation } from "./guard";

/**
 * CEL: whether a name, in lower case, is that of a host: letters, digits and hyphens, with a wildcard in front at most.
 * A stop behind it, a port or a blank would be the same host in another spelling.
 */
const wellFormed = (name: string): string =>
  `${name}.matches('^([*][.])?([a-z0-9_]([-a-z0-9_]*[a-z0-9_])?[.])*[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`;

/**
 * CEL: whether nobody but its owner may publish a name, in lower case: the domain, everything below it, and wildcards
 * above it that cover it.
 */
const ofTheDomain = (name: string, domain: string): string =>
  `(${name} == ${text(domain)} || ${name}.endsWith(${text(`.${domain}`)}) || ` +
  `(${name}.startsWith('*.') && (${name}.substring(2) == ${text(domain)} || ${text(domain)}.endsWith(${name}.substring(1)))))`;

/** CEL: whether the host belongs to the namespace that writes. */
export const isOwn = (name: string): string =>
  `(${name} in variables.owners && variables.owners[${name}] == request.namespace)`;

/** The variable `owners` that `isOwn` reads. */
export const owners = ({
  hosts,
}: Pick<GuardFacts, "hosts">): { readonly name: string; readonly expression: string } => ({
  name: "owners",
  expression: Object.keys(hosts).length === 0 ? "{'': ''}" : `{${pairs(hosts)}}`,
});

// Not `literal`: values of one type make a typed map, which the API server reads without dyn.
const pairs = (map: Readonly<Record<string, string>>): string =>
  Object.entries(map)
    .map(([key, value]) => `${text(key.toLowerCase())}: ${text(value)}`)
    .join(", ");

const spec = "dyn(object).?spec";
const listed = (field: string): string => `${spec}.?${field}.orValue([])`;
const each = (list: string, field: string): string => `${list}.map(each, dyn(each).?${field}.orValue(""))`;
const annotation = (key: string): string => `dyn(object).?metadata.?annotations[?${text(key)}]`;
const isKind = (...kinds: readonly string[]): string => `dyn(object).kind in ${literal(kinds)}`;

const LISTENING = ["Gateway", "ListenerSet", "XListenerSet"];
const ROUTES = ["HTTPRoute", "GRPCRoute", "TLSRoute"];

/** Traefik, "Ingress", annotations. */
const PATH_MATCHER = "traefik.ingress.kubernetes.io/router.pathmatcher";
const CLASS = "kubernetes.io/ingress.class";

/** Traefik, "Kubernetes Ingress", annotations that name an object of any namespace, as `<namespace>-<name>@kubernetescrd`. */
const REFERENCES = ["router.middlewares", "router.tls.options"].map((key) => `traefik.ingress.kubernetes.io/${key}`);
const UNLOGGED = "traefik.ingress.kubernetes.io/router.observability.";

/** CEL: whether each name in the annotation is that of an object of the namespace that writes. */
export const refersToOwn = (key: string): string =>
  `${annotation(key)}.orValue('').split(',').all(name, name.trim() == '' || ` +
  `(name.trim().startsWith(request.namespace + '-') && name.trim().endsWith('@kubernetescrd')))`;

/** Annotations by which a router or issuer takes further hosts: ingress-nginx and HAProxy; Traefik's own certificates. */
const MORE_HOSTS = "/(server-alias(-regex)?|from-to-www-redirect|router[.]tls[.]domains[.].*)$";
/**
 * By which ingress-nginx and HAProxy take configuration of the whole server, call an address, or read a Secret of any
 * namespace. Not nginx' `configuration-snippet`: the suite's charts write it, for a controller that the platform does not use.
 */
const INTO_ROUTER =
  "/(server-snippet|stream-snippet|auth-snippet|modsecurity-snippet|backend-config-snippet|frontend-config-snippet|" +
  "auth-url|auth-secret|auth-tls-secret|proxy-ssl-secret|secure-verify-ca-secret|mirror-target)$";
/** external-dns and its like publish the names that annotations of any of their sources say. */
export const DNS_CONTROLLERS = "^(([^/]*[.-])?dns[.][^/]*|coredns[.]io)/";

/**
 * At or below the domain a namespace publishes its own names only, in every spelling and kind that a router reads.
 * Without this, whoever deploys one app could publish the login page of another at its own address, with a valid
 * certificate, or a name that looks like it.
 */
export function routeHosts(facts: GuardFacts): Guard {
  const { domain, gatewayNamespace } = facts;
  const inGateways = `request.namespace == ${text(gatewayNamespace)}`;
  const own = `(${isOwn("host")} || (variables.shared && (host in variables.owners || host == ${text(`*.${domain}`)})))`;
  const refused = `!(${wellFormed("host")} && (${own} || !${ofTheDomain("host", domain)}))`;
  // The redirect to HTTPS of the suite's Gateway is for every host, and leads to none.
  const redirect = `(${inGateways} && dyn(object).kind == 'HTTPRoute' && ${listed("rules")}.all(rule, dyn(rule).?backendRefs.orValue([]).size() == 0))`;
  const orNone = (list: string): string => `(${list}.size() == 0 ? [""] : ${list})`;
  return {
    name: "mijnbureau-platform-hosts",
    role: "suite",
    resources: [
      written("networking.k8s.io", "ingresses"),
      written(
        "gateway.networking.k8s.io",
        "gateways",
        "httproutes",
        "grpcroutes",
        "tlsroutes",
        "tcproutes",
        "udproutes",
        "listenersets",
      ),
      written("gateway.networking.x-k8s.io", "xlistenersets"),
      written("route.openshift.io", "routes"),
    ],
    matchConditions: [whenChanged(objectChanged)],
    variables: [
      owners(facts),
      // The suite's own Gateway serves the hosts of all apps.
      { name: "shared", expression: `${inGateways} && ${isKind(...LISTENING)}` },
      {
        name: "named",
        expression:
          `dyn(object).kind == 'Ingress' ? ${each(listed("rules"), "host")} : ` +
          `${isKind(...LISTENING)} ? ${each(listed("listeners"), "hostname")} : ` +
          `dyn(object).kind == 'Route' ? [${spec}.?host.orValue("")] : ` +
          `${redirect} ? [] : ${orNone(listed("hostnames"))}`,
      },
      // Hosts of certificates are lists in a list, and CEL of older API servers cannot flatten one.
      {
        name: "certified",
        expression:
          `dyn(object).kind == 'Ingress' ? ${listed("tls")}.map(tls, ${orNone("dyn(tls).?hosts.orValue([])")}` +
          `.map(host, host.lowerAscii()).filter(host, ${refused}).map(host, host == '' ? 'without a name' : host).join(', '))` +
          `.filter(names, names != '') : []`,
      },
      {
        name: "foreign",
        expression:
          `variables.named.map(host, host.lowerAscii()).filter(host, ${refused})` +
          `.map(host, host == '' ? 'without a name' : host) + variables.certified`,
      },
    ],
    validations: [
      {
        expression: "variables.foreign.size() == 0",
        message: "A host of this object is not the namespace's own.",
        messageExpression: `"Host " + variables.foreign.join(", ") + ${text(` is not this namespace's own: at or below ${domain} an app publishes its own names, in full and in lower case; everything else belongs to another app or to nobody.`)}`,
      },
      ...catchingAll,
      ...classes(facts),
      ...byAnnotation,
      ...intoRules,
      ...toServices,
    ],
  };
}

/** What answers whatever the name is. */
const catchingAll: readonly Validation[] = [
  {
    expression: `!(${isKind("TCPRoute", "UDPRoute")})`,
    message: "A route without host names (TCPRoute, UDPRoute) takes all connections of its listener.",
  },
  {
    expression: `dyn(object).kind != 'Ingress' || !has(object.spec.defaultBackend)`,
    message: "spec.defaultBackend takes every request that no rule matches, for any host.",
  },
  {
    expression: `dyn(object).kind != 'Route' || !(${spec}.?wildcardPolicy.orValue('') in ['Subdomain'])`,
    message: "spec.wildcardPolicy Subdomain takes every name beside the host.",
  },
  {
    expression: `!(${isKind(...LISTENING)}) || ${listed("addresses")}.size() == 0`,
    message: "spec.addresses claims an address of its own choice.",
  },
];

function classes({ edgeClass }: GuardFacts): Validation[] {
  const known = literal(["", edgeClass]);
  const message = `Only the class of the edge, ${edgeClass}, is for the suite: another controller passes by its limits, its log and its certificates.`;
  return [
    {
      expression:
        `dyn(object).kind != 'Ingress' || (${spec}.?ingressClassName.orValue('') in ${known} && ` +
        `${annotation(CLASS)}.orValue('') in ${known})`,
      message,
    },
    { expression: `dyn(object).kind != 'Gateway' || ${spec}.?gatewayClassName.orValue('') in ${known}`, message },
  ];
}

const byAnnotation: readonly Validation[] = [
  {
    expression: `!dyn(object).?metadata.?annotations.orValue({}).exists(key, key.matches(${text(MORE_HOSTS)}) || key.matches(${text(DNS_CONTROLLERS)}))`,
    message: "An annotation names further hosts, or has a DNS controller publish names (external-dns and its like).",
  },
  {
    expression: `!dyn(object).?metadata.?annotations.orValue({}).exists(key, key.matches(${text(INTO_ROUTER)}))`,
    message: "An annotation writes into the router's own configuration, or has it call an address or read a Secret.",
  },
  {
    expression: REFERENCES.map(refersToOwn).join(" && "),
    message: `${REFERENCES.join(" and ")} name objects of the app's own namespace only: <namespace>-<name>@kubernetescrd.`,
  },
  {
    expression: `!dyn(object).?metadata.?annotations.orValue({}).exists(key, key.startsWith(${text(UNLOGGED)}))`,
    message: `Annotations that begin with ${UNLOGGED} keep requests out of the edge's log.`,
  },
];

const isService = (ref: string): string =>
  `${ref}.?group.orValue('') == '' && ${ref}.?kind.orValue('Service') == 'Service'`;

const mirrorsToServices = (where: string): string =>
  `${where}.?filters.orValue([]).all(filter, ${isService("filter.?requestMirror.?backendRef")})`;

/** Of Gateway API 1.4, without ExternalAuth, which asks an address about every request. */
const FILTERS = [
  "RequestHeaderModifier",
  "ResponseHeaderModifier",
  "RequestMirror",
  "RequestRedirect",
  "URLRewrite",
  "ExtensionRef",
  "CORS",
];
const knownFilters = (where: string): string =>
  `${where}.?filters.orValue([]).all(filter, filter.?type.orValue('') in ${literal(FILTERS)})`;

/**
 * Traefik has services of its own, such as its dashboard and its API, which a route reaches as `TraefikService` (its
 * documentation, "Kubernetes Gateway").
 */
const toServices: readonly Validation[] = [
  {
    expression:
      `!(${isKind(...ROUTES)}) || ${listed("rules")}.all(rule, ${mirrorsToServices("dyn(rule)")} && ` +
      `dyn(rule).?backendRefs.orValue([]).all(ref, ${isService("ref")} && ${mirrorsToServices("ref")}))`,
    message: "A route of an app leads to Services, and to nothing else.",
  },
  {
    expression:
      `!(${isKind(...ROUTES)}) || ${listed("rules")}.all(rule, ${knownFilters("dyn(rule)")} && ` +
      `dyn(rule).?backendRefs.orValue([]).all(ref, ${knownFilters("ref")}))`,
    message: `Filters of a route are ${FILTERS.join(", ")}: others have the router ask or call something.`,
  },
  {
    expression:
      `dyn(object).kind != 'Ingress' || ${listed("rules")}.all(rule, dyn(rule).?http.?paths.orValue([])` +
      `.all(each, !each.?backend.?resource.hasValue()))`,
    message: "An Ingress of an app leads to Services, and to nothing else.",
  },
];

const backtick = (value: string): string => `!string(${value}).contains("\`")`;

/** Traefik puts these into its rules as they are; with a backtick in one, the rule matches other hosts. */
const intoRules: readonly Validation[] = [
  {
    expression:
      `dyn(object).kind != 'Ingress' || (${listed("rules")}.all(rule, dyn(rule).?http.?paths.orValue([])` +
      `.all(each, ${backtick("each.?path.orValue('')")})) && !(${annotation(PATH_MATCHER)}.hasValue()))`,
    message: `Neither a path with a backtick nor the annotation ${PATH_MATCHER} is allowed: they can match other hosts.`,
  },
  {
    expression:
      `!(${isKind(...ROUTES)}) || ${listed("rules")}.all(rule, dyn(rule).?matches.orValue([]).all(match, ` +
      [
        backtick("match.?path.?value.orValue('')"),
        backtick("match.?method.?service.orValue('')"),
        ...["headers", "queryParams"].map(
          (field) =>
            `match.?${field}.orValue([]).all(each, ${backtick("each.?name.orValue('')")} && ${backtick("each.?value.orValue('')")})`,
        ),
      ].join(" && ") +
      "))",
    message: "A backtick in a match is not allowed: with it a rule of the router can match other hosts.",
  },
];
