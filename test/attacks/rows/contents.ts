import type { KubeObject } from "../../../lib/kube/client";
import { account, type Attack, create, deployer, type Guard, policy, rbac, rule } from "../attack";
import { APP, DOMAIN, ingress, LOGIN_HOST, NAMESPACE, object, path, pod, service, statefulSet } from "./_objects";

/** Velero makes what is in a backup, whoever wrote that into the bucket, and so does nothing that it may not. */
const restored = (id: string, what: string, made: KubeObject, refusedBy: Guard): Attack => ({
  id: `contents/backup-${id}`,
  position: account("velero", "velero-server"),
  attempt: `A doctored backup brings ${what}`,
  steps: [create(made)],
  refusedBy,
});

const RBAC = "rbac.authorization.k8s.io";
const role = (resources: readonly string[], apiGroups: readonly string[] = [""]): KubeObject =>
  object(`${RBAC}/v1`, "Role", { rules: [{ apiGroups, resources, verbs: ["get"] }] });
const clusterWide = (apiVersion: string, kind: string, content: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "attack" },
  ...content,
});
const lacks = (resource: string, apiGroup = "", namespace?: string): Guard =>
  rbac({ apiGroup, resource, verbs: ["create"], ...(namespace === undefined ? {} : { namespace }) });

const BINDINGS = "mijnbureau-platform-bindings";
const ENTERS = policy(BINDINGS, "enters pods");
const HOSTS = "mijnbureau-platform-hosts";
const managed = { labels: { "mijnbureau-platform/managed": "true" } };

const fromBuckets: readonly Attack[] = [
  ...["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"].map((resource) =>
    restored(
      `role-${resource.replace("/", "-")}`,
      `a Role that enters pods by reading ${resource}`,
      role([resource]),
      ENTERS,
    ),
  ),
  restored(
    "cluster-role",
    "a ClusterRole",
    clusterWide(`${RBAC}/v1`, "ClusterRole", { rules: [] }),
    lacks("clusterroles", RBAC),
  ),
  restored(
    "cluster-role-binding",
    "a ClusterRoleBinding",
    clusterWide(`${RBAC}/v1`, "ClusterRoleBinding", {
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "mijnbureau-velero" },
      subjects: [],
    }),
    lacks("clusterrolebindings", RBAC),
  ),
  ...["Validating", "Mutating"].map((kind) =>
    restored(
      `${kind.toLowerCase()}-webhook`,
      `a ${kind}WebhookConfiguration`,
      clusterWide("admissionregistration.k8s.io/v1", `${kind}WebhookConfiguration`, { webhooks: [] }),
      lacks(`${kind.toLowerCase()}webhookconfigurations`, "admissionregistration.k8s.io"),
    ),
  ),
  restored("namespace", "a namespace of its own", clusterWide("v1", "Namespace", {}), lacks("namespaces")),
  restored(
    "priority",
    "a PriorityClass above all others",
    clusterWide("scheduling.k8s.io/v1", "PriorityClass", { value: 999_999_999 }),
    lacks("priorityclasses", "scheduling.k8s.io"),
  ),
  restored(
    "storage-class",
    "a StorageClass without encryption",
    clusterWide("storage.k8s.io/v1", "StorageClass", { provisioner: "csi.example.nl" }),
    lacks("storageclasses", "storage.k8s.io"),
  ),
  restored(
    "quota",
    "a quota that lets no pod in",
    object("v1", "ResourceQuota", { spec: { hard: { pods: "0" } } }),
    lacks("resourcequotas", "", NAMESPACE),
  ),
  restored(
    "limits",
    "a limit under which nothing starts",
    object("v1", "LimitRange", { spec: { limits: [{ type: "Container", max: { cpu: "1m" } }] } }),
    lacks("limitranges", "", NAMESPACE),
  ),
  restored(
    "endpoint-slice",
    "an EndpointSlice that leads the edge to an address of another namespace",
    object("discovery.k8s.io/v1", "EndpointSlice", { addressType: "IPv4", endpoints: [{ addresses: ["10.1.2.3"] }] }),
    lacks("endpointslices", "discovery.k8s.io", NAMESPACE),
  ),
  restored(
    "login-host",
    "an Ingress for the login host",
    ingress({ ingressClassName: "traefik", rules: [{ host: LOGIN_HOST, http: { paths: [path] } }] }),
    policy(HOSTS, `Host ${LOGIN_HOST}`),
  ),
  restored(
    "route",
    "an HTTPRoute for every host",
    object("gateway.networking.k8s.io/v1", "HTTPRoute", { spec: { hostnames: [`*.${DOMAIN}`], rules: [{}] } }),
    policy(HOSTS, `Host *.${DOMAIN}`),
  ),
  restored(
    "middleware",
    "a Middleware that has the edge call an address",
    object("traefik.io/v1alpha1", "Middleware", { spec: { forwardAuth: { address: "http://example.org" } } }),
    policy("mijnbureau-platform-middlewares", "call no address"),
  ),
  restored(
    "monitor",
    "a monitor that has Prometheus call the log store's shutdown",
    object("monitoring.coreos.com/v1", "ServiceMonitor", {
      spec: { endpoints: [{ path: "/ingester/shutdown", followRedirects: false }] },
    }),
    policy("mijnbureau-platform-monitors", "Prometheus calls these paths"),
  ),
  restored(
    "external-ips",
    "a Service with an address of somebody else",
    service({ externalIPs: ["192.0.2.25"] }),
    rule("exposure/external-ips"),
  ),
  restored(
    "network-policy",
    "a NetworkPolicy that passes for the platform's and opens the app",
    object(
      "networking.k8s.io/v1",
      "NetworkPolicy",
      { spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } },
      managed,
    ),
    policy("mijnbureau-platform-deployer", "reserved for the platform"),
  ),
  restored(
    "binding",
    "a RoleBinding for an account of another namespace",
    object(`${RBAC}/v1`, "RoleBinding", {
      roleRef: { apiGroup: RBAC, kind: "Role", name: "mijnbureau-viewer" },
      subjects: [{ kind: "ServiceAccount", name: "web", namespace: "mijnbureau-keycloak" }],
    }),
    policy(BINDINGS, "ServiceAccounts of its own namespace only"),
  ),
  restored(
    "deployer-pod",
    "a pod that runs as the app's deployer",
    pod({ serviceAccountName: "mijnbureau-deployer" }),
    policy("mijnbureau-platform-pods", "No pod runs as"),
  ),
];

/** Whose rights end at the app. */
const byDeployer = (id: string, attempt: string, made: KubeObject, refusedBy: Guard): Attack => ({
  id: `contents/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  refusedBy,
});

const MONITORS = "mijnbureau-platform-monitors";
const rules = (group: object): KubeObject =>
  object("monitoring.coreos.com/v1", "PrometheusRule", { spec: { groups: [{ name: "a", ...group }] } });
const monitor = (spec: object): KubeObject =>
  object("monitoring.coreos.com/v1", "ServiceMonitor", {
    spec: {
      selector: { matchLabels: { app: "web" } },
      endpoints: [{ port: "metrics", followRedirects: false }],
      ...spec,
    },
  });
const annotatedIngress = (key: string, value: string): KubeObject =>
  ingress(
    { ingressClassName: "traefik", rules: [{ host: `docs.${DOMAIN}`, http: { paths: [path] } }] },
    { annotations: { [key]: value } },
  );
const ROUTER = policy(HOSTS, "the router's own configuration");
const filters = (filter: object, where: "rule" | "backend"): KubeObject =>
  object("gateway.networking.k8s.io/v1", "HTTPRoute", {
    spec: {
      hostnames: [`docs.${DOMAIN}`],
      rules: [
        where === "rule" ? { filters: [filter] } : { backendRefs: [{ name: "web", port: 80, filters: [filter] }] },
      ],
    },
  });
const asking = { type: "ExternalAuth", externalAuth: { protocol: "HTTP", backendRef: { name: "web", port: 80 } } };
const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" };
const CLAIMS = policy("mijnbureau-platform-claims", "no empty storageClassName");
const setWithClaim = (): KubeObject => {
  const set = statefulSet({});
  const spec = typeof set["spec"] === "object" && set["spec"] !== null ? set["spec"] : {};
  return { ...set, spec: { ...spec, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claimSpec }] } };
};

const fromFields: readonly Attack[] = [
  byDeployer(
    "secret-drawn",
    "Has External Secrets run a template of its own, by a Secret that it reads as one",
    object("v1", "Secret", { stringData: { key: "{{ until 100000000 }}" } }, { name: "platform-docs-drawn" }),
    policy("mijnbureau-platform-operator-secrets", "reads it as a template"),
  ),
  byDeployer(
    "group-labels",
    "Reads the series of all namespaces by the template of a label of a group of rules",
    rules({ labels: { a: '{{ query "up" }}' }, rules: [{ alert: "A", expr: "vector(1)" }] }),
    policy(MONITORS, "ask for no series"),
  ),
  byDeployer(
    "many-rules",
    "Has Prometheus evaluate thousands of rules",
    rules({ rules: Array.from({ length: 3000 }, (_, index) => ({ alert: `A${String(index)}`, expr: "up" })) }),
    policy(MONITORS, "at most"),
  ),
  byDeployer(
    "many-endpoints",
    "Has Prometheus call the same pods a thousand times over",
    monitor({ endpoints: Array.from({ length: 1000 }, () => ({ port: "metrics", followRedirects: false })) }),
    policy(MONITORS, "at most"),
  ),
  byDeployer(
    "scrape-class",
    "Calls its series those of another job, by leaving the platform's scrape class",
    monitor({ scrapeClass: "none" }),
    policy(MONITORS, "spec.scrapeClass"),
  ),
  byDeployer(
    "filter-rule",
    "Has the edge ask an address about every request",
    filters(asking, "rule"),
    policy(HOSTS, "Filters of a route"),
  ),
  byDeployer(
    "filter-backend",
    "Has the edge ask an address about every request to one Service",
    filters(asking, "backend"),
    policy(HOSTS, "Filters of a route"),
  ),
  ...(
    [
      ["nginx.ingress.kubernetes.io/server-snippet", "location / { proxy_pass http://10.96.0.1; }"],
      ["nginx.ingress.kubernetes.io/auth-snippet", "proxy_set_header Host id;"],
      ["nginx.ingress.kubernetes.io/modsecurity-snippet", "SecRuleEngine Off"],
      ["nginx.ingress.kubernetes.io/auth-url", "http://169.254.169.254/"],
      ["nginx.ingress.kubernetes.io/auth-secret", "kube-system/attack"],
      ["nginx.ingress.kubernetes.io/auth-tls-secret", "mijnbureau-keycloak/attack"],
      ["nginx.ingress.kubernetes.io/proxy-ssl-secret", "mijnbureau-keycloak/attack"],
      ["nginx.ingress.kubernetes.io/mirror-target", "http://10.96.0.1"],
      ["haproxy.org/backend-config-snippet", "http-request deny"],
    ] as const
  ).map(([key, value]) =>
    byDeployer(
      `annotation-${key.replace(/^.*\//, "")}`,
      `Writes into the router, by the annotation ${key}`,
      annotatedIngress(key, value),
      ROUTER,
    ),
  ),
  byDeployer(
    "classless-claim",
    "Takes any volume that is there and has no class",
    object("v1", "PersistentVolumeClaim", { spec: claimSpec }),
    CLAIMS,
  ),
  byDeployer(
    "classless-claims",
    "Takes any volume that is there and has no class, with a StatefulSet",
    setWithClaim(),
    CLAIMS,
  ),
  ...["node.cilium.io/agent-not-ready", "node.kubernetes.io/network-unavailable"].map((key) =>
    byDeployer(
      `tolerates-${key.replace(/^.*\//, "")}`,
      `Starts where no network policy holds yet, by the toleration ${key}`,
      pod({ tolerations: [{ key, operator: "Exists" }] }),
      policy("mijnbureau-platform-pods", "no network policy holds yet"),
    ),
  ),
];

/** Written by who writes what the platform reads: a bucket, a Secret, a field that some program takes as its own. */
export const contentAttacks: readonly Attack[] = [...fromBuckets, ...fromFields];
