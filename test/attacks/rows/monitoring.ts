import { at } from "../../../lib/kube/client";
import { create, deployer, mutation, policy, rbac, type Attack } from "../attack";
import { APP, NAMESPACE, object } from "./_objects";

const API = "monitoring.coreos.com/v1";
const MONITORS = "mijnbureau-platform-monitors";
const selector = { matchLabels: { app: "web" } };
/** What nothing is wrong with. */
const endpoint = { port: "metrics", path: "/metrics", followRedirects: false };

const service = (extra: object) =>
  object(API, "ServiceMonitor", { spec: { selector, endpoints: [{ ...endpoint, ...extra }] } });
const pods = (extra: object) =>
  object(API, "PodMonitor", { spec: { selector, podMetricsEndpoints: [{ ...endpoint, ...extra }] } });
const rules = (group: object) => object(API, "PrometheusRule", { spec: { groups: [{ name: "forged", ...group }] } });

const refused = (name: string, attempt: string, made: ReturnType<typeof object>, says: string): Attack => ({
  id: `monitoring/${name}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  refusedBy: policy(MONITORS, says),
});

const PATH = "Prometheus calls these paths";
const OWN = "A monitor calls the app's own pods as they are";
const LABELS = "Relabelings of an app write plain labels";
const COPIED = "Labels of a Service or a pod become none of";
const PACE = "every ten seconds at most";

const relabeled = (name: string, attempt: string, rule: object): readonly Attack[] => [
  refused(name, attempt, service({ relabelings: [rule] }), LABELS),
  refused(`${name}-of-metrics`, `${attempt}, in what was measured`, pods({ metricRelabelings: [rule] }), LABELS),
];

const dashboard = (content: object) =>
  object("grafana.integreatly.org/v1beta1", "GrafanaDashboard", { spec: { instanceSelector: {}, ...content } });

/** Kinds with which Prometheus or Alertmanager does for an app what no app should have done. */
const withoutRight = (kind: string, version: string, plural: string, attempt: string): Attack => ({
  id: `monitoring/${plural}`,
  position: deployer(APP),
  attempt,
  steps: [create(object(`monitoring.coreos.com/${version}`, kind, { spec: {} }))],
  also: [policy(MONITORS, "Only ServiceMonitor")],
  refusedBy: rbac({
    apiGroup: "monitoring.coreos.com",
    resource: plural,
    verbs: ["create"],
    namespace: NAMESPACE,
  }),
});

export const monitoringAttacks: readonly Attack[] = [
  refused("path", "Has Prometheus call the log store's shutdown", service({ path: "/ingester/shutdown" }), PATH),
  refused("path-of-pods", "Has Prometheus call any path of a pod", pods({ path: "/-/quit" }), PATH),
  refused("params", "Has Prometheus send parameters", service({ params: { target: ["169.254.169.254"] } }), OWN),
  refused("proxy", "Has Prometheus call through a proxy", service({ proxyUrl: "http://10.0.0.1:3128" }), OWN),
  refused(
    "proxy-environment",
    "Has Prometheus call through the proxy of its environment",
    pods({ proxyFromEnvironment: true }),
    OWN,
  ),
  refused(
    "token-url",
    "Has Prometheus ask an address for a token",
    service({ oauth2: { clientId: { secret: { name: "a", key: "b" } }, tokenUrl: "http://10.0.0.1/" } }),
    OWN,
  ),
  refused(
    "token-file",
    "Has Prometheus send its own token",
    service({ bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" }),
    OWN,
  ),
  refused("file", "Has Prometheus read a file of its pod", service({ tlsConfig: { caFile: "/etc/passwd" } }), OWN),
  refused(
    "redirects",
    "Sends Prometheus elsewhere with a redirect",
    service({ followRedirects: true }),
    "follows no redirects",
  ),
  {
    id: "monitoring/redirects-unsaid",
    position: deployer(APP),
    attempt: "Sends Prometheus elsewhere with a redirect that the monitor does not mention",
    steps: [create(object(API, "ServiceMonitor", { spec: { selector, endpoints: [{ port: "metrics" }] } }))],
    also: [policy(MONITORS, "follows no redirects")],
    refusedBy: mutation("mijnbureau-platform-redirects-servicemonitors"),
    harmless: (answer) => at(answer, "spec", "endpoints", 0, "followRedirects") === false,
  },
  {
    id: "monitoring/redirects-unsaid-of-pods",
    position: deployer(APP),
    attempt: "Sends Prometheus elsewhere with a redirect that a PodMonitor does not mention",
    steps: [create(object(API, "PodMonitor", { spec: { selector, podMetricsEndpoints: [{ port: "metrics" }] } }))],
    also: [policy(MONITORS, "follows no redirects")],
    refusedBy: mutation("mijnbureau-platform-redirects-podmonitors"),
    harmless: (answer) => at(answer, "spec", "podMetricsEndpoints", 0, "followRedirects") === false,
  },
  ...relabeled("address", "Has Prometheus call any address", {
    targetLabel: "__address__",
    replacement: "10.0.0.1:80",
  }),
  ...relabeled("job", "Calls its series those of another job", { targetLabel: "job", replacement: "kubelet" }),
  ...relabeled("namespace", "Calls its series those of a namespace", {
    targetLabel: "namespace",
    replacement: "velero",
  }),
  ...relabeled("metric-path", "Has Prometheus call any path by a label", {
    targetLabel: "__metrics_path__",
    replacement: "/ingester/shutdown",
  }),
  ...relabeled("parameter", "Has Prometheus send a parameter by a label", {
    targetLabel: "__param_target",
    replacement: "10.0.0.1",
  }),
  ...relabeled("name", "Calls a metric by another name", { targetLabel: "__name__", replacement: "up" }),
  ...relabeled("template", "Names a label by what was measured", { targetLabel: "${1}", replacement: "velero" }),
  ...relabeled("map", "Writes many labels at once", { action: "LabelMap", regex: "forged_(.+)" }),
  refused("interval", "Has Prometheus call a thousand times a second", service({ interval: "1ms" }), PACE),
  refused("timeout", "Has Prometheus call every second", pods({ scrapeTimeout: "1s" }), PACE),
  refused("rule-interval", "Has rules evaluated all the time", rules({ interval: "10ms", rules: [] }), PACE),
  refused(
    "record",
    "Records a series by the name of the platform's",
    rules({ rules: [{ record: "kube_networkpolicy_created", expr: "vector(1)" }] }),
    "has a name that begins with",
  ),
  refused(
    "record-of-others",
    "Records a series by the name of another app's",
    rules({ rules: [{ record: "mijnbureau_keycloak:up", expr: "vector(1)" }] }),
    "has a name that begins with",
  ),
  refused(
    "job-label",
    "Calls its series those of another job, by a label of its Service",
    object(API, "ServiceMonitor", { spec: { selector, endpoints: [endpoint], jobLabel: "as" } }),
    COPIED,
  ),
  refused(
    "target-labels",
    "Calls its series those of another job, by a label that is copied",
    object(API, "ServiceMonitor", { spec: { selector, endpoints: [endpoint], targetLabels: ["job"] } }),
    COPIED,
  ),
  refused(
    "pod-target-labels",
    "Calls its series those of another job, by a label of its pod",
    object(API, "PodMonitor", { spec: { selector, podMetricsEndpoints: [endpoint], podTargetLabels: ["job"] } }),
    COPIED,
  ),
  refused(
    "large-rules",
    "Has Prometheus read half a megabyte of rules",
    rules({ rules: [{ alert: "Mine", expr: `vector(1) # ${"x".repeat(512 * 1024)}` }] }),
    "of expressions and annotations",
  ),
  ...[
    ["query", "{{ query \"up{namespace='velero'}\" | first | value }}"],
    ["query-piped", '{{ printf "}}%s" "up" | query }}'],
  ].map(([id = "", summary = ""]) =>
    refused(
      `template-${id}`,
      "Reads the series of all namespaces by the template of an alert",
      rules({ rules: [{ alert: "Mine", expr: "vector(1)", annotations: { summary } }] }),
      "ask for no series",
    ),
  ),
  {
    id: "monitoring/dashboard-pace",
    position: deployer(APP),
    attempt: "Has the Grafana operator look at its dashboard a thousand times a second",
    steps: [create(dashboard({ json: "{}", resyncPeriod: "1ms" }))],
    refusedBy: policy("mijnbureau-platform-dashboards", "spec.resyncPeriod"),
  },
  ...(
    [
      ["url", "Has the Grafana operator call any address, and shows the answer", { url: "http://169.254.169.254/" }],
      ["plugins", "Has Grafana install a program", { json: "{}", plugins: [{ name: "any", version: "1.0.0" }] }],
    ] as const
  ).map(([id, attempt, content]): Attack => ({
    id: `monitoring/dashboard-${id}`,
    position: deployer(APP),
    attempt: attempt,
    steps: [create(dashboard(content))],
    refusedBy: policy("mijnbureau-platform-dashboards", "holds its JSON itself"),
  })),
  withoutRight("Probe", "v1", "probes", "Has Prometheus call any host by a Probe"),
  withoutRight("ScrapeConfig", "v1alpha1", "scrapeconfigs", "Has Prometheus call any host by a ScrapeConfig"),
  withoutRight(
    "AlertmanagerConfig",
    "v1alpha1",
    "alertmanagerconfigs",
    "Sends the platform's alerts elsewhere, or nowhere",
  ),
];
