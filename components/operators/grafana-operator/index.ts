import { z } from "zod";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { registry } from "../frame/facts";
import { between, group, kubeApi, peer, scrape } from "../frame/flows";
import { grafana, prometheusServer } from "../prometheus/place";
import { accounts, cuts, delegations } from "./rights";
import { apart, budgetFor, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { chart } from "./chart";

const NAMESPACE = "grafana-operator";
const pods = group("grafana-operator", { "app.kubernetes.io/name": "grafana-operator" });
const METRICS_PORT = 9090;

/** MijnBureau's dashboards select their Grafana by this label (MinBZK/mijn-bureau-infra, docs/docs/observability/dashboards.md). */
const dashboardsLabel = { dashboards: "grafana" };

/** The stack's Grafana, known to the operator as an instance that it does not run. */
function instance(namespace: string): Manifest {
  return {
    apiVersion: "grafana.integreatly.org/v1beta1",
    kind: "Grafana",
    metadata: { name: "grafana", namespace, labels: { ...managedLabels, ...dashboardsLabel } },
    spec: {
      external: {
        url: grafana.url(namespace),
        adminUser: { name: grafana.adminSecret, key: "admin-user" },
        adminPassword: { name: grafana.adminSecret, key: "admin-password" },
      },
    },
  };
}

function datasource(namespace: string): Manifest {
  return {
    apiVersion: "grafana.integreatly.org/v1beta1",
    kind: "GrafanaDatasource",
    metadata: { name: "prometheus", namespace, labels: managedLabels },
    spec: {
      // Dashboards of the suite are in its own namespaces.
      allowCrossNamespaceImport: true,
      instanceSelector: { matchLabels: dashboardsLabel },
      datasource: {
        name: "MijnBureau Prometheus",
        uid: "mijnbureau-prometheus",
        type: "prometheus",
        access: "proxy",
        url: prometheusServer.url(namespace),
        isDefault: false,
        jsonData: { timeInterval: "30s", tlsSkipVerify: false },
      },
    },
  };
}

export default defineOperator({
  name: "grafana-operator",
  title: "Grafana operator: the suite's GrafanaDashboards, in the stack's Grafana.",
  enabledByDefault: true,
  prerequisite: { crds: ["grafanas.grafana.integreatly.org", "grafanadashboards.grafana.integreatly.org"] },
  namespaces: [{ name: NAMESPACE, podSecurity: { level: "restricted", reason: "Runs restricted." } }],
  settings: {
    resync: z
      .string()
      .regex(/^\d+m$/, "is not a number of minutes; example: 10m")
      .default("10m")
      .describe("How often dashboards are written again."),
  },
  needs: ["prometheus"],
  provides: ["grafana"],
  chart: { ...chart, release: "grafana-operator" },
  values: ({ facts, settings }) => ({
    image: { registry: registry(facts, "ghcr.io") },
    imagePullSecrets: facts.images.pullSecret === undefined ? [] : [{ name: facts.images.pullSecret }],
    replicas: 2,
    // With a list it looks nowhere else; its rights are RoleBindings in these.
    watchNamespaces: [facts.monitoringNamespace, ...facts.apps.map(({ namespace }) => namespace)].join(","),
    defaultResyncPeriod: settings.resync,
    clusterDomain: facts.cluster.domain,
    isOpenShift: facts.cluster.distribution === "openshift",
    logging: { encoder: "json" },
    podSecurityContext: podContext(65_532),
    securityContext: restricted,
    resources: resources(["50m", "64Mi"], ["500m", "256Mi"]),
    priorityClassName: priorityClass.standard,
    nodeSelector: linux,
    affinity: { ...workerNodes, ...apart(pods.labels) },
    serviceMonitor: { enabled: facts.capabilities.has("monitors") },
  }),
  // Without the stack's own Grafana there is nothing to point at; the owner of another one writes its objects.
  objects: ({ facts }) => [
    budgetFor(NAMESPACE, pods),
    ...(facts.capabilities.has("monitoring-stack")
      ? [instance(facts.monitoringNamespace), datasource(facts.monitoringNamespace)]
      : []),
  ],
  cuts: () => [...cuts],
  accounts: ({ facts }) => accounts(facts.monitoringNamespace),
  delegations: ({ facts }) => delegations(facts.monitoringNamespace),
  flows: ({ facts }) => [
    kubeApi(NAMESPACE, pods, "Reads dashboards and data sources"),
    between(
      peer(NAMESPACE, pods),
      peer(facts.monitoringNamespace, grafana.pods),
      [grafana.port],
      "Writes them into Grafana",
    ),
    scrape(NAMESPACE, pods, METRICS_PORT),
  ],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "grafana-operator", port: METRICS_PORT }],
});
