import { at, type KubeObject } from "../../../lib/kube/client";
import { create, deployer, mutation, policy, rbac, rule, type Attack, type Guard } from "../attack";
import { GATEWAY as SHARED } from "../platform";
import { APP, DOMAIN, ingress, LOGIN_HOST, NAMESPACE, object, OWN_HOST, ownIngress, path, service } from "./_objects";

const HOSTS = "mijnbureau-platform-hosts";
const foreign = (host: string): Guard => policy(HOSTS, `Host ${host}`);
const NAMELESS = foreign("without a name");

interface Refusal {
  readonly refusedBy: Guard;
  readonly also?: readonly Guard[];
}

const publishing = (id: string, attempt: string, made: KubeObject, refusal: Refusal): Attack => ({
  id: `hosts/${id}`,
  position: deployer(APP),
  attempt: `Publishes ${attempt}`,
  steps: [create(made)],
  ...refusal,
});

const GATEWAY = "gateway.networking.k8s.io/v1";
const http = { paths: [path] };
const forHost = (host: string): Record<string, unknown> => ({ rules: [{ host, http }] });
const withTls = (tls: object): Record<string, unknown> => ({ ...forHost(OWN_HOST), tls: [tls] });
const httpRoute = (spec: object): KubeObject =>
  object(GATEWAY, "HTTPRoute", {
    spec: { parentRefs: [{ name: "mijnbureau-gateway", namespace: "traefik" }], rules: [{}], ...spec },
  });
const gateway = (listener: object, spec: object = {}): KubeObject =>
  object(GATEWAY, "Gateway", {
    spec: { gatewayClassName: "traefik", listeners: [{ name: "web", port: 443, ...listener }], ...spec },
  });
const route = (kind: string, version = "v1"): KubeObject =>
  object(`gateway.networking.k8s.io/${version}`, kind, { spec: { parentRefs: [{ name: "gateway" }], rules: [{}] } });

/** A name, in each spelling that a router or resolver takes for the same. */
const spellings: readonly (readonly [string, string, string])[] = [
  ["login", "the login host", LOGIN_HOST],
  ["upper-case", "the login host in upper case", "ID.MijnBureau.localhost"],
  ["trailing-dot", "the login host with a stop behind it", `${LOGIN_HOST}.`],
  ["port", "the login host with a port", `${LOGIN_HOST}:443`],
  ["unowned", "a name that nobody owns yet and that looks like the login's", `login.${DOMAIN}`],
  ["operator", "a name for Grafana", `grafana.${DOMAIN}`],
  ["below-own", "a name below its own host", `admin.${OWN_HOST}`],
  ["apex", "the domain itself", DOMAIN],
  ["wildcard", "every host of the domain", `*.${DOMAIN}`],
  ["wildcard-parent", "every host of the domain above", "*.localhost"],
  ["wildcard-below", "every host below another's", `*.${LOGIN_HOST}`],
  ["everything", "every host there is", "*"],
];

const names: readonly Attack[] = spellings.flatMap(([id, what, host]) => {
  const refusedBy = foreign(host.toLowerCase());
  return [
    publishing(`route-${id}`, `${what} by an HTTPRoute`, httpRoute({ hostnames: [OWN_HOST, host] }), { refusedBy }),
    publishing(`listener-${id}`, `${what} by a listener of a Gateway`, gateway({ hostname: host }), { refusedBy }),
  ];
});

const ingressNames: readonly Attack[] = spellings
  // The API server takes no others in an Ingress.
  .filter(([, , host]) => /^(\*\.)?[a-z0-9.-]*[a-z]$/.test(host))
  .map(([id, what, host]) =>
    publishing(`ingress-${id}`, `${what} by an Ingress`, ingress(forHost(host)), {
      refusedBy: foreign(host),
      ...(host.startsWith("*") ? { also: [rule("exposure/ingress-host")] } : {}),
    }),
  );

const annotated = (id: string, attempt: string, key: string, value: string): Attack =>
  publishing(id, attempt, ownIngress({ annotations: { [key]: value } }), {
    refusedBy: policy(HOSTS, key.includes("pathmatcher") ? "backtick" : "further hosts"),
  });

const middleware = (id: string, attempt: string, spec: object, says: string): Attack => ({
  id: `hosts/middleware-${id}`,
  position: deployer(APP),
  attempt: `Has Traefik ${attempt}`,
  steps: [create(object("traefik.io/v1alpha1", "Middleware", { spec }))],
  refusedBy: policy("mijnbureau-platform-middlewares", says),
});
const NO_CALL = "call no address and run no plugin";
const OWN_NAMES = "of the app's own namespace only";
const KEPT = "keep or repeat no requests";

const middlewareAttacks: readonly Attack[] = [
  middleware(
    "forward-auth",
    "call any address, and reads the answer",
    { forwardAuth: { address: "http://vault.openbao.svc:8200/v1/sys/health", trustForwardHeader: true } },
    NO_CALL,
  ),
  middleware(
    "redis",
    "call any address as a store of its rate limits",
    { rateLimit: { average: 100, redis: { endpoints: ["redis.mijnbureau-keycloak.svc:6379"] } } },
    NO_CALL,
  ),
  middleware("plugin", "run a program of its own choice", { plugin: { demo: { a: "b" } } }, NO_CALL),
  middleware(
    "errors",
    "show the page of another namespace's Service",
    { errors: { status: ["400-599"], query: "/", service: { name: "loki", namespace: "monitoring", port: 3100 } } },
    OWN_NAMES,
  ),
  middleware(
    "errors-dashboard",
    "show its own API",
    {
      errors: { status: ["400-599"], query: "/api/rawdata", service: { kind: "TraefikService", name: "api@internal" } },
    },
    OWN_NAMES,
  ),
  middleware(
    "chain",
    "use the Middleware of another namespace",
    { chain: { middlewares: [{ name: "auth", namespace: "monitoring" }] } },
    OWN_NAMES,
  ),
  middleware(
    "chain-provider",
    "use the Middleware of another namespace by its full name",
    { chain: { middlewares: [{ name: "monitoring-auth@kubernetescrd" }] } },
    OWN_NAMES,
  ),
  middleware(
    "buffering",
    "keep requests of any size in its memory",
    { buffering: { memRequestBodyBytes: 1e12 } },
    KEPT,
  ),
  middleware("retry", "repeat a request a million times", { retry: { attempts: 1_000_000 } }, KEPT),
];

/** A certificate for the login host, of its own making: what it says admission cannot read. */
const madeUp = { data: { "tls.crt": "YQ==", "tls.key": "YQ==" } };

const served: readonly Attack[] = ["kubernetes.io/tls", "Opaque"].map((type) => ({
  id: `hosts/certificate-made-${type === "Opaque" ? "opaque" : "tls"}`,
  position: deployer(APP),
  attempt: `Has Traefik serve a certificate of its own making for the login host, in a Secret of type ${type}`,
  steps: [create(object("v1", "Secret", { type, ...madeUp }))],
  refusedBy: policy("mijnbureau-platform-operator-secrets", "cert-manager alone"),
}));

const MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares";
const TLS_OPTIONS = "traefik.ingress.kubernetes.io/router.tls.options";
const TRANSPORT = "traefik.ingress.kubernetes.io/service.serverstransport";
const ACCESS_LOGS = "traefik.ingress.kubernetes.io/router.observability.accesslogs";

const configuring = (id: string, attempt: string, made: KubeObject, refusedBy: Guard): Attack => ({
  id: `hosts/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  refusedBy,
});

const annotatedIngress = (key: string, value: string): KubeObject => ownIngress({ annotations: { [key]: value } });
const dashboard = { group: "traefik.io", kind: "TraefikService", name: "api@internal" };
const mirror = (backendRef: object): object => ({ type: "RequestMirror", requestMirror: { backendRef } });
const web = { name: "web", port: 80 };

/** What the edge is told besides hosts. */
const edgeAttacks: readonly Attack[] = [
  ...[
    [
      "middlewares",
      "Serves its host with the Middleware of another app",
      MIDDLEWARES,
      "mijnbureau-keycloak-auth@kubernetescrd",
    ],
    ["middlewares-file", "Serves its host with a Middleware of the edge's own", MIDDLEWARES, "dashboard@file"],
    [
      "middlewares-second",
      "Serves its host with another app's Middleware behind its own",
      MIDDLEWARES,
      "mijnbureau-docs-hsts@kubernetescrd, mijnbureau-keycloak-auth@kubernetescrd",
    ],
    [
      "tls-options",
      "Serves its host with the TLS settings of another namespace",
      TLS_OPTIONS,
      "default-weak@kubernetescrd",
    ],
  ].map(([id = "", attempt = "", key = "", value = ""]) =>
    configuring(id, attempt, annotatedIngress(key, value), policy(HOSTS, OWN_NAMES)),
  ),
  configuring(
    "unlogged",
    "Keeps its requests out of the edge's log",
    annotatedIngress(ACCESS_LOGS, "false"),
    policy(HOSTS, "out of the edge's log"),
  ),
  configuring(
    "servers-transport",
    "Has the edge use the client certificate of another app",
    service({}, { annotations: { [TRANSPORT]: "mijnbureau-keycloak-transport@kubernetescrd" } }),
    policy("mijnbureau-platform-service-names", OWN_NAMES),
  ),
  ...(
    [
      ["route-dashboard", "Publishes Traefik's own API at its host", { backendRefs: [dashboard] }],
      [
        "route-mirror",
        "Has a copy of each request sent to Traefik's own API",
        { filters: [mirror(dashboard)], backendRefs: [web] },
      ],
      [
        "route-backend-mirror",
        "Has a copy of each request sent to Traefik's own API, for one Service",
        { backendRefs: [{ ...web, filters: [mirror(dashboard)] }] },
      ],
    ] as const
  ).map(([id, attempt, rules]) =>
    configuring(
      id,
      attempt,
      httpRoute({ hostnames: [OWN_HOST], rules: [rules] }),
      policy(HOSTS, "A route of an app leads to Services"),
    ),
  ),
  configuring(
    "ingress-resource",
    "Publishes an object that is no Service",
    ingress({
      rules: [
        {
          host: OWN_HOST,
          http: {
            paths: [
              {
                ...path,
                backend: { resource: { apiGroup: "traefik.io", kind: "TraefikService", name: "api@internal" } },
              },
            ],
          },
        },
      ],
    }),
    policy(HOSTS, "An Ingress of an app leads to Services"),
  ),
];

export const hostAttacks: readonly Attack[] = [
  ...middlewareAttacks,
  ...served,
  {
    id: "hosts/listener-unnamed",
    position: {
      title: "who installs the suite's Gateway",
      namespace: SHARED.namespace,
      account: "engineer",
      groups: ["system:masters"],
    },
    attempt: "Leaves the name of the shared Gateway's listener out, so that any app's route may answer for any host",
    steps: [create({ ...gateway({ protocol: "HTTPS" }), metadata: { ...SHARED } })],
    refusedBy: mutation("mijnbureau-platform-gateway-listeners"),
    harmless: (answer) => at(answer, "spec", "listeners", 0, "hostname") === `*.${DOMAIN}`,
  },
  ...edgeAttacks,
  ...names,
  ...ingressNames,
  publishing("route-nameless", "every host by an HTTPRoute without names", httpRoute({}), { refusedBy: NAMELESS }),
  publishing(
    "route-empty-names",
    "every host by an HTTPRoute with an empty list of names",
    httpRoute({ hostnames: [] }),
    {
      refusedBy: NAMELESS,
    },
  ),
  publishing("grpc-nameless", "every host by a GRPCRoute without names", route("GRPCRoute"), {
    refusedBy: rbac({ apiGroup: "gateway.networking.k8s.io", resource: "grpcroutes", verbs: ["create"] }),
    also: [NAMELESS],
  }),
  publishing("tls-nameless", "every host by a TLSRoute without names", route("TLSRoute", "v1alpha2"), {
    refusedBy: rbac({ apiGroup: "gateway.networking.k8s.io", resource: "tlsroutes", verbs: ["create"] }),
    also: [NAMELESS],
  }),
  ...["TCPRoute", "UDPRoute"].map((kind) =>
    publishing(`${kind.toLowerCase()}`, `every connection of a listener by a ${kind}`, route(kind, "v1alpha2"), {
      refusedBy: rbac({
        apiGroup: "gateway.networking.k8s.io",
        resource: `${kind.toLowerCase()}s`,
        verbs: ["create"],
      }),
      also: [NAMELESS],
    }),
  ),
  publishing(
    "openshift-route",
    "the login host by a Route of OpenShift",
    object("route.openshift.io/v1", "Route", { spec: { host: LOGIN_HOST } }),
    {
      refusedBy: rbac({ apiGroup: "route.openshift.io", resource: "routes", verbs: ["create"] }),
      also: [foreign(LOGIN_HOST)],
    },
  ),
  ...["IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "TLSOption"].map((kind) =>
    publishing(
      `traefik-${kind.toLowerCase()}`,
      `what it likes by a ${kind} of Traefik`,
      object("traefik.io/v1alpha1", kind, { spec: {} }),
      {
        refusedBy: rbac({ apiGroup: "traefik.io", resource: `${kind.toLowerCase()}s`, verbs: ["create"] }),
      },
    ),
  ),
  publishing("listener-nameless", "every host by a listener without name", gateway({}), { refusedBy: NAMELESS }),
  publishing("listener-tcp", "every connection by a listener for TCP", gateway({ protocol: "TCP" }), {
    refusedBy: NAMELESS,
  }),
  publishing(
    "gateway-class",
    "its host at a Gateway of another class",
    gateway({ hostname: OWN_HOST }, { gatewayClassName: "other" }),
    {
      refusedBy: policy(HOSTS, "Only the class"),
    },
  ),
  publishing(
    "gateway-address",
    "a Gateway at an address of its own choice",
    gateway({ hostname: OWN_HOST }, { addresses: [{ value: "192.0.2.25" }] }),
    {
      refusedBy: policy(HOSTS, "spec.addresses"),
    },
  ),
  publishing(
    "route-injection",
    "another's host in the value of a header that Traefik copies into its rule",
    httpRoute({
      hostnames: [OWN_HOST],
      rules: [{ matches: [{ headers: [{ name: "a", value: `\`) || Host(\`${LOGIN_HOST}` }] }] }],
    }),
    { refusedBy: policy(HOSTS, "backtick") },
  ),
  publishing(
    "ingress-injection",
    "another's host in a path that Traefik copies into its rule",
    ingress({
      rules: [
        {
          host: OWN_HOST,
          http: { paths: [{ ...path, pathType: "ImplementationSpecific", path: `/\`) || Host(\`${LOGIN_HOST}` }] },
        },
      ],
    }),
    { refusedBy: policy(HOSTS, "backtick") },
  ),
  publishing("ingress-nameless", "every host by a rule without host", ingress({ rules: [{ http }] }), {
    refusedBy: NAMELESS,
    also: [rule("exposure/ingress-host")],
  }),
  publishing(
    "ingress-default-backend",
    "what nobody else serves by a default backend",
    ingress({ defaultBackend: path.backend, ...forHost(OWN_HOST) }),
    {
      refusedBy: policy(HOSTS, "spec.defaultBackend"),
      also: [rule("exposure/ingress-default-backend")],
    },
  ),
  publishing(
    "ingress-class",
    "its host at another controller",
    ingress({ ingressClassName: "other", ...forHost(OWN_HOST) }),
    {
      refusedBy: policy(HOSTS, "Only the class"),
    },
  ),
  publishing(
    "tls-nameless-secret",
    "a certificate of its own making for any host by tls without hosts",
    ingress(withTls({ secretName: "forged" })),
    {
      refusedBy: NAMELESS,
    },
  ),
  publishing(
    "tls-foreign",
    "a certificate for the login host",
    ingress(withTls({ hosts: [LOGIN_HOST], secretName: "forged" })),
    {
      refusedBy: foreign(LOGIN_HOST),
    },
  ),
  publishing(
    "tls-wildcard",
    "a certificate for every host",
    ingress(withTls({ hosts: [`*.${DOMAIN}`], secretName: "forged" })),
    {
      refusedBy: foreign(`*.${DOMAIN}`),
    },
  ),
  publishing(
    "class-annotation",
    "its host at another controller by the old annotation",
    ingress(forHost(OWN_HOST), { annotations: { "kubernetes.io/ingress.class": "other" } }),
    { refusedBy: policy(HOSTS, "Only the class") },
  ),
  annotated(
    "server-alias",
    "the login host by an alias of ingress-nginx",
    "nginx.ingress.kubernetes.io/server-alias",
    LOGIN_HOST,
  ),
  annotated(
    "server-alias-regex",
    "every host by an alias of HAProxy",
    "haproxy-ingress.github.io/server-alias-regex",
    ".*",
  ),
  annotated(
    "www",
    "www before its host by a redirect of ingress-nginx",
    "nginx.ingress.kubernetes.io/from-to-www-redirect",
    "true",
  ),
  annotated(
    "traefik-domains",
    "a certificate of the login host by Traefik's own resolver",
    "traefik.ingress.kubernetes.io/router.tls.domains.0.main",
    LOGIN_HOST,
  ),
  annotated(
    "path-matcher",
    "another's host by Traefik's matcher of paths",
    "traefik.ingress.kubernetes.io/router.pathmatcher",
    "Host",
  ),
  annotated(
    "external-dns",
    "the login's name in DNS by an Ingress",
    "external-dns.alpha.kubernetes.io/hostname",
    LOGIN_HOST,
  ),
  publishing(
    "external-dns-service",
    "the login's name in DNS by a Service",
    service({}, { annotations: { "external-dns.alpha.kubernetes.io/hostname": LOGIN_HOST } }),
    {
      refusedBy: policy("mijnbureau-platform-service-names", "DNS controller"),
    },
  ),
  publishing(
    "gardener-dns-service",
    "the login's name in DNS by another controller",
    service({}, { annotations: { "dns.gardener.cloud/dnsnames": LOGIN_HOST } }),
    {
      refusedBy: policy("mijnbureau-platform-service-names", "DNS controller"),
    },
  ),
  {
    id: "hosts/other-namespace",
    position: deployer(APP),
    attempt: "Publishes its login page from the namespace of another app",
    steps: [create(ingress(forHost(LOGIN_HOST), { namespace: "mijnbureau-keycloak" }))],
    refusedBy: rbac({
      apiGroup: "networking.k8s.io",
      resource: "ingresses",
      verbs: ["create"],
      namespace: "mijnbureau-keycloak",
    }),
  },
  {
    id: "hosts/reference-grant",
    position: deployer(APP),
    attempt: "Lets others refer to its Secrets and Services by a ReferenceGrant",
    steps: [
      create(
        object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", {
          spec: {
            from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: NAMESPACE }],
            to: [{ group: "", kind: "Secret" }],
          },
        }),
      ),
    ],
    refusedBy: rbac({ apiGroup: "gateway.networking.k8s.io", resource: "referencegrants", verbs: ["create"] }),
  },
];
