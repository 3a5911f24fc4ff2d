import { z } from "zod";
import { cidr, httpsUrl } from "../../../config/fields";
import type { Flow } from "../../../suite/flow";
import { defineOperator } from "../frame/define";
import { exempt, exemptRights } from "../../exemptions";
import { group, between, endpoint, kubeApi, outside, peer, webhook } from "../frame/flows";
import { image, type Facts } from "../frame/facts";
import { alertmanager, grafana, monitoringWebhook, prometheusServer } from "./place";
import { logStore } from "../loki/place";
import type { SecretSource } from "../frame/secrets";
import { alertmanagerConfig, alertmanagerSecrets } from "./alertmanager";
import { receiver } from "./receivers";
import { accounts, cuts, instanceRights } from "./rbac";
import {
  CONFIG_SECRET,
  GRAFANA_LOKI_SECRET,
  issuedByUs,
  NODE_NAMESPACE,
  RELEASE,
  stackValues,
  webhookAuthority,
} from "./values";
import type { ChartPatch } from "../frame/patch";
import { alerts } from "./alerts";
import { chart } from "./chart";

const operatorPods = group("operator", { app: `${RELEASE}-operator` });
const webhookPods = group("operator-webhook", { app: `${RELEASE}-operator-webhook` });
const stateMetrics = group("kube-state-metrics", { "app.kubernetes.io/name": "kube-state-metrics" });

const ports = {
  webhook: 10_250,
  operatorWithoutTls: 8080,
  gossip: 9094,
  reloader: 8080,
  stateMetrics: 8080,
  stateMetricsOfItself: 8081,
  nodeExporter: 9100,
  kubelet: 10_250,
  etcd: 2381,
  controllerManager: 10_257,
  scheduler: 10_259,
  dns: 9153,
};

const storage = z.string().regex(/^\d+Gi$/, "is not a size in Gi; example: 50Gi");

/** Teams that own nothing in the stack get no alert: a slip of the pen that nobody would notice. */
function unknownTeams({ owner, apps }: Pick<Facts, "owner" | "apps">, teams: readonly string[]): string[] {
  const owners = [...new Set([owner, ...apps.flatMap((app) => app.owner ?? [])])].sort();
  return teams
    .filter((team) => !owners.includes(team))
    .map((team) => `operators.prometheus.teams.${team}: owns nothing in this stack. Owners are: ${owners.join(", ")}`);
}

const dnsMetrics: ChartPatch = {
  kind: "Service",
  name: `${RELEASE}-coredns`,
  patch: { metadata: { labels: { "app.kubernetes.io/name": "coredns", "app.kubernetes.io/component": "metrics" } } },
  reason: "The chart leaves two of the usual labels out of the Service for the cluster's DNS.",
};

export default defineOperator({
  name: "prometheus",
  title: "Prometheus operator with Prometheus, Alertmanager, Grafana and the exporters.",
  duties: [
    "Monitors that name a Secret or ConfigMap of their own namespace (a login for metrics) are left out: the operator reads none there. Where one is needed, a Role for `kube-prometheus-stack-operator` with `get` on that one name.",
    "Monitors and rules of the platform's own people belong in a namespace of an operator: in one of an app they see that app only, and Probes and ScrapeConfigs are not read there.",
    "Somebody reads the receiver, and the dead man's switch is outside this cluster and its provider.",
    "etcd, scheduler and controller manager: kubeadm has their metrics on the loopback address, where nobody can read them. With `--bind-address` of both and `--listen-metrics-urls` of etcd on the nodes' addresses (RKE2: `etcd-expose-metrics: true` as well), set `controlPlaneMetrics`.",
  ],
  enabledByDefault: true,
  namespaces: ({ facts }) => [
    {
      name: facts.monitoringNamespace,
      holdsData: true,
      podSecurity: {
        level: "restricted",
        reason: "All of it runs restricted; the node exporter has its own namespace.",
      },
    },
    {
      name: NODE_NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Node exporter: the host's network, processes, /proc, /sys and root file system.",
        admits: [
          {
            account: `${RELEASE}-prometheus-node-exporter`,
            images: [image(facts, "quay.io/prometheus/node-exporter")],
            hostPaths: ["/proc", "/sys", "/"],
            hostNetwork: true,
            hostPID: true,
          },
        ],
      },
    },
  ],
  settings: {
    retention: z
      .string()
      .regex(/^\d+d$/, "is not a number of days; example: 15d")
      .default("15d"),
    prometheusStorage: storage.default("50Gi"),
    alertmanagerStorage: storage.default("5Gi"),
    grafanaStorage: storage.default("10Gi"),
    controlPlaneMetrics: z
      .boolean()
      .default(false)
      .describe(
        "Metrics of etcd, scheduler and controller manager, where they listen on the nodes' addresses and the provider does not run them.",
      ),
    receiver: receiver.describe("Who is told. Required: alerts that go to nobody are no alerts."),
    teams: z
      .record(z.string(), receiver)
      .default({})
      .describe(
        "Per owner (`owner`, `apps.<app>.owner`): who is told of its alerts instead. Secrets are properties of platform/alertmanager-<owner>.",
      ),
    receiverCidrs: z.array(cidr).default([]).describe("Where the receivers and the dead man's switch are."),
    deadMansSwitch: httpsUrl
      .optional()
      .describe(
        "Host that expects a call every minute and complains when it stays out; the URL itself is property `dead_mans_switch_url`.",
      ),
  },
  problems: ({ facts, settings }) => [
    ...unknownTeams(facts, Object.keys(settings.teams)),
    ...(facts.cluster.distribution === "openshift"
      ? [
          "operators.prometheus.enabled: OpenShift runs a monitoring stack of its own, and a second operator of the same kinds would fight it. Set it to false, and monitoring.namespace to openshift-user-workload-monitoring",
        ]
      : []),
  ],
  alerts: [alerts],
  needs: ["cert-manager", "external-secrets", "storage"],
  provides: ["monitors", "monitoring-stack"],
  chart: { ...chart, release: RELEASE },
  values: ({ facts, settings }) => stackValues(facts, settings),
  secrets: ({ facts, settings }): SecretSource[] => {
    const namespace = facts.monitoringNamespace;
    return [
      {
        from: "store",
        namespace,
        name: CONFIG_SECRET,
        values: alertmanagerSecrets(settings.receiver, settings.teams),
        template: {
          "alertmanager.yaml": alertmanagerConfig(
            settings.receiver,
            settings.teams,
            facts.apps.map((app) => app.namespace),
          ),
        },
        why: "Whom Alertmanager tells, with the addresses that are secrets themselves.",
      },
      {
        from: "random",
        namespace,
        name: grafana.adminSecret,
        lengths: { "admin-password": 40 },
        literals: { "admin-user": "admin" },
        why: "Administrator of Grafana, which only `kubectl port-forward` reaches.",
      },
      ...(facts.capabilities.has("certificates")
        ? [
            {
              from: "controller" as const,
              namespace,
              name: monitoringWebhook,
              keys: ["ca.crt", "tls.crt", "tls.key"],
              by: "cert-manager",
              why: "Certificate of the operator's webhook, which the chart asks for.",
            },
          ]
        : []),
      ...(facts.capabilities.has("log-store")
        ? [
            {
              from: "store" as const,
              namespace,
              name: GRAFANA_LOKI_SECRET,
              values: {
                LOKI_USERNAME: { key: "platform/loki", property: "username" },
                LOKI_PASSWORD: { key: "platform/loki", property: "password" },
              },
              why: "Grafana reads logs through Loki's gateway.",
            },
          ]
        : []),
    ];
  },
  flows: ({ facts, settings }) => {
    const namespace = facts.monitoringNamespace;
    const pods = { prometheus: prometheusServer.pods, alertmanager: alertmanager.pods, grafana: grafana.pods };
    const at = (part: typeof operatorPods) => peer(namespace, part);
    const toNodes = (port: number, why: string): Flow => ({
      from: { kind: "monitoring" },
      to: { kind: "nodes" },
      ports: [port],
      why,
      source: "components/operators: monitors",
    });
    const exporters: Flow[] = [
      {
        from: { kind: "monitoring" },
        to: at(stateMetrics),
        ports: [ports.stateMetrics, ports.stateMetricsOfItself],
        why: "Metrics of objects, and of the exporter itself",
        source: "components/operators: monitors",
      },
      {
        from: { kind: "monitoring" },
        to: at(operatorPods),
        ports: [facts.capabilities.has("certificates") ? ports.webhook : ports.operatorWithoutTls],
        why: "Metrics of the operator",
        source: "components/operators: monitors",
      },
      {
        from: { kind: "monitoring" },
        to: at(pods.grafana),
        ports: [grafana.port],
        why: "Metrics of Grafana",
        source: "components/operators: monitors",
      },
      {
        from: { kind: "monitoring" },
        to: at(pods.prometheus),
        ports: [prometheusServer.port, ports.reloader],
        why: "Its own metrics",
        source: "components/operators: monitors",
      },
      {
        from: { kind: "monitoring" },
        to: at(pods.alertmanager),
        ports: [alertmanager.port, ports.reloader],
        why: "Alerts, and metrics",
        source: "components/operators: monitors",
      },
      {
        from: { kind: "monitoring" },
        to: { kind: "dns" },
        ports: [ports.dns],
        why: "Metrics of the cluster's DNS",
        source: "components/operators: monitors",
      },
    ];
    return [
      webhook(namespace, webhookPods, ports.webhook, "Validation of rules and Alertmanager configuration"),
      kubeApi(namespace, operatorPods, "Turns Prometheus, Alertmanager and monitors into pods and configuration"),
      kubeApi(namespace, pods.prometheus, "Finds what to scrape; metrics of the API server"),
      kubeApi(namespace, stateMetrics, "Lists the objects that it counts"),
      kubeApi(namespace, pods.grafana, "Sidecars find dashboards and data sources"),
      between(at(pods.grafana), at(pods.prometheus), [prometheusServer.port], "Dashboards"),
      between(at(pods.grafana), at(pods.alertmanager), [alertmanager.port], "Silences and alert state"),
      between(at(pods.grafana), logStore.peer, [logStore.port], "Logs in dashboards"),
      between(
        at(pods.alertmanager),
        at(pods.alertmanager),
        [
          { protocol: "TCP", port: ports.gossip },
          { protocol: "UDP", port: ports.gossip },
        ],
        "Replicas agree on who has been told",
      ),
      ...exporters,
      toNodes(ports.nodeExporter, "Metrics of nodes; the exporter uses the node's network"),
      toNodes(ports.kubelet, "Metrics of kubelets and containers"),
      ...(settings.controlPlaneMetrics && !facts.cluster.managedControlPlane
        ? [
            toNodes(ports.etcd, "Metrics of etcd"),
            toNodes(ports.controllerManager, "Metrics of the controller manager"),
            toNodes(ports.scheduler, "Metrics of the scheduler"),
          ]
        : []),
      ...(settings.receiver.type === "email"
        ? [
            {
              ...outside(
                at(pods.alertmanager),
                smtp(settings.receiver.smarthost, settings.receiverCidrs),
                "Mail to whoever is on call",
              ),
            },
          ]
        : [
            outside(
              at(pods.alertmanager),
              { name: "alert-receiver", cidrs: settings.receiverCidrs },
              "Tells whoever is on call",
            ),
          ]),
      outside(
        at(pods.alertmanager),
        settings.deadMansSwitch === undefined
          ? { name: "dead-mans-switch", cidrs: settings.receiverCidrs }
          : endpoint("dead-mans-switch", settings.deadMansSwitch, settings.receiverCidrs),
        "Says every minute that alerting works",
      ),
    ];
  },
  webhooks: ({ facts }) => {
    // Without cert-manager there are none (values.ts).
    if (!facts.capabilities.has("certificates")) return [];
    const metadata = { name: "platform-webhook-probe", namespace: facts.monitoringNamespace };
    const validating = `ValidatingWebhookConfiguration/${RELEASE}-admission`;
    return [
      {
        configurations: [validating, `MutatingWebhookConfiguration/${RELEASE}-admission`],
        object: { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata, spec: { groups: [] } },
      },
      {
        configurations: [validating],
        object: { apiVersion: "monitoring.coreos.com/v1alpha1", kind: "AlertmanagerConfig", metadata, spec: {} },
      },
    ];
  },
  monitors: ({ facts }) => {
    const namespace = facts.monitoringNamespace;
    return [
      { kind: "ServiceMonitor", namespace, scrapes: "prometheus", port: prometheusServer.port },
      { kind: "ServiceMonitor", namespace, scrapes: "alertmanager", port: alertmanager.port },
      { kind: "ServiceMonitor", namespace, scrapes: "grafana", port: grafana.port },
      { kind: "ServiceMonitor", namespace, scrapes: "kube-state-metrics", port: ports.stateMetrics },
      {
        kind: "ServiceMonitor",
        namespace: NODE_NAMESPACE,
        scrapes: "prometheus-node-exporter",
        port: ports.nodeExporter,
      },
    ];
  },
  exemptions: ({ facts }) => [
    ...exemptRights(
      ["grant-secret-read", "grant-secret-write", "grant-workload-create"],
      { kind: "Role", namespace: facts.monitoringNamespace, name: `${RELEASE}-operator` },
      "Makes the StatefulSets of Prometheus and Alertmanager and the Secrets that they read, in its own namespace alone.",
    ),
    ...exempt(
      ["secrets/literal-secret"],
      { kind: "Secret", namespace: facts.monitoringNamespace, name: `${RELEASE}-prometheus-scrape-confg` },
      "The chart keeps further scrape jobs in a Secret; they name Prometheus' own token and hold none.",
    ),
    ...exempt(
      ["secrets/literal-secret"],
      { kind: "Secret", namespace: facts.monitoringNamespace, name: `${RELEASE}-prometheus-am-relabel-confg` },
      "The chart keeps the rule by which an alert gets its owner in a Secret; it holds none.",
    ),
    ...exempt(
      ["workload/container-runtime-socket", "workload/sensitive-host-path"],
      { kind: "DaemonSet", namespace: NODE_NAMESPACE, name: `${RELEASE}-prometheus-node-exporter` },
      "Measures the node from its /proc, /sys and root, mounted read-only.",
    ),
  ],
  hostAgents: () => [
    {
      namespace: NODE_NAMESPACE,
      workload: `${RELEASE}-prometheus-node-exporter`,
      reason: "Disk, memory and load of control-plane nodes.",
    },
  ],
  before: ({ facts }) => instanceRights(facts.monitoringNamespace),
  patches: ({ facts }) => [dnsMetrics, ...(issuedByUs(facts) ? webhookAuthority : [])],
  cuts: () => [...cuts],
  accounts: ({ facts }) => accounts(facts.monitoringNamespace),
  controllerOwned: [
    {
      kind: "PersistentVolumeClaim",
      name: `${RELEASE}-grafana`,
      fields: ["spec.volumeName", "spec.volumeMode"],
      reason: "Filled in when the claim is bound.",
    },
    {
      kind: "ValidatingWebhookConfiguration",
      name: `${RELEASE}-admission`,
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by cert-manager.",
    },
    {
      kind: "MutatingWebhookConfiguration",
      name: `${RELEASE}-admission`,
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by cert-manager.",
    },
  ],
});

function smtp(smarthost: string, cidrs: readonly string[]) {
  const [host = "", port = "587"] = smarthost.split(":");
  return { name: "alert-mail", hosts: [host], cidrs, ports: [Number(port)] };
}
