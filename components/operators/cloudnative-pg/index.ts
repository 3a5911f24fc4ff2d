import { exempt, exemptRights } from "../../exemptions";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { image, pullSecrets } from "../frame/facts";
import { between, kubeApi, peer, scrape, webhook } from "../frame/flows";
import { apart, budgetFor, linux, overZones, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { INTERNAL_ISSUER } from "../frame/secrets";
import { alerts } from "./alerts";
import { chart, pluginChart } from "./chart";
import { dashboard } from "./dashboard";
import { databaseApps, NAMESPACE, operatorPods, pluginPods } from "./places";
import { CLIENT_TLS, plugin, PLUGIN_ACCOUNT, PLUGIN_PORT, SERVER_TLS, SERVICE, sidecarImage } from "./plugin";
import { accounts, cuts, delegations, pluginReads, WEBHOOKS } from "./rights";

const METRICS_PORT = 8080;
const WEBHOOK_PORT = 9443;
const USER = 10001;
const REPOSITORY = "ghcr.io/cloudnative-pg/cloudnative-pg";

/** The operator shows it to the plugin. The frame's certificates are for servers only. */
const clientCertificate: Manifest = {
  apiVersion: "cert-manager.io/v1",
  kind: "Certificate",
  metadata: { name: CLIENT_TLS, namespace: NAMESPACE, labels: managedLabels },
  spec: {
    secretName: CLIENT_TLS,
    issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: INTERNAL_ISSUER },
    commonName: "barman-cloud-client",
    duration: "2160h0m0s",
    renewBefore: "720h0m0s",
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    usages: ["digital signature", "client auth"],
  },
};

function pluginRole(): Manifest[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name: "mijnbureau-platform:barman-cloud:reads", labels: managedLabels };
  return [
    { apiVersion, kind: "ClusterRole", metadata, rules: pluginReads.map((each) => ({ ...each })) },
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: PLUGIN_ACCOUNT, namespace: NAMESPACE }],
    },
  ];
}

export default defineOperator({
  name: "cloudnative-pg",
  title: "CloudNativePG: PostgreSQL of the apps that ask for it, with the Barman Cloud plugin for backups.",
  duties: [
    "Where the cluster has an operator of its own (`install: auto` finds its kinds), the Barman Cloud plugin belongs to it too, in its namespace; `network.cnpgOperator` says where that is.",
  ],
  enabledByDefault: true,
  prerequisite: {
    crds: ["clusters.postgresql.cnpg.io"],
    wanted: (apps) => databaseApps(apps).length > 0,
  },
  namespaces: [
    { name: NAMESPACE, podSecurity: { level: "restricted", reason: "Operator and plugin run restricted." } },
  ],
  settings: {},
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["cert-manager", "prometheus"],
  requires: ["certificates"],
  provides: ["databases"],
  chart: { ...chart, release: "cloudnative-pg" },
  crdCharts: [pluginChart],
  values: ({ facts }) => ({
    crds: { create: false },
    replicaCount: 2,
    image: { repository: image(facts, REPOSITORY), pullPolicy: "IfNotPresent" },
    imagePullSecrets: pullSecrets(facts),
    config: {
      data: {
        // Its caches, and with them its rights, are of these namespaces only.
        WATCH_NAMESPACE: [NAMESPACE, ...databaseApps(facts.apps).map(({ namespace }) => namespace)].join(","),
        KUBERNETES_CLUSTER_DOMAIN: facts.cluster.domain,
        // A new instance manager comes with a new pod, as its image says.
        ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES: "false",
        ...(facts.images.pullSecret === undefined ? {} : { PULL_SECRET_NAME: facts.images.pullSecret }),
      },
    },
    rbac: { aggregateClusterRoles: false },
    priorityClassName: priorityClass.critical,
    podSecurityContext: podContext(USER),
    containerSecurityContext: { ...restricted, runAsUser: USER, runAsGroup: USER },
    resources: resources(["50m", "128Mi"], ["500m", "512Mi"]),
    nodeSelector: linux,
    affinity: { ...workerNodes, ...apart(operatorPods.labels) },
    topologySpreadConstraints: overZones(operatorPods.labels),
    monitoring: { podMonitorEnabled: facts.capabilities.has("monitors") },
  }),
  secrets: () => [
    {
      from: "certificate",
      namespace: NAMESPACE,
      name: SERVER_TLS,
      dnsNames: [SERVICE],
      why: "The plugin's, by which the operator knows it.",
    },
    {
      from: "controller",
      namespace: NAMESPACE,
      name: CLIENT_TLS,
      keys: ["tls.crt", "tls.key", "ca.crt"],
      by: "cert-manager",
      why: "The operator's, by which the plugin knows it.",
    },
    ...["cnpg-ca-secret", "cnpg-webhook-cert"].map((name) => ({
      from: "controller" as const,
      namespace: NAMESPACE,
      name,
      keys: name === "cnpg-ca-secret" ? ["ca.crt", "ca.key"] : ["tls.crt", "tls.key"],
      by: "cloudnative-pg",
      why: "Authority and certificate of its webhook, renewed by the operator.",
    })),
  ],
  before: () => [clientCertificate, ...pluginRole(), budgetFor(NAMESPACE, operatorPods)],
  // After the operator, so that they go before it: the Service bears a finalizer of the operator's.
  objects: ({ facts }) => plugin(facts),
  runtimeImages: ({ facts }) => [sidecarImage(facts)],
  flows: () => [
    webhook(NAMESPACE, operatorPods, WEBHOOK_PORT, "Defaults and validation of databases"),
    kubeApi(NAMESPACE, operatorPods, "Makes the databases, moves their primary"),
    kubeApi(NAMESPACE, pluginPods, "Reads object stores, grants the instances their login"),
    between(
      peer(NAMESPACE, operatorPods),
      peer(NAMESPACE, pluginPods),
      [PLUGIN_PORT],
      "Asks the plugin what belongs to a pod",
    ),
    scrape(NAMESPACE, operatorPods, METRICS_PORT),
  ],
  webhooks: () => [
    {
      configurations: [
        "MutatingWebhookConfiguration/cnpg-mutating-webhook-configuration",
        "ValidatingWebhookConfiguration/cnpg-validating-webhook-configuration",
      ],
      object: {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: "platform-webhook-probe", namespace: NAMESPACE },
        spec: { instances: 1, storage: { size: "1Gi" } },
      },
    },
  ],
  monitors: () => [{ kind: "PodMonitor", namespace: NAMESPACE, scrapes: "cloudnative-pg", port: METRICS_PORT }],
  controllerOwned: [
    {
      kind: "MutatingWebhookConfiguration",
      name: "cnpg-mutating-webhook-configuration",
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by the operator.",
    },
    {
      kind: "ValidatingWebhookConfiguration",
      name: "cnpg-validating-webhook-configuration",
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by the operator.",
    },
  ],
  exemptions: () => [
    ...exemptRights(
      ["grant-data-delete", "grant-workload-create"],
      { kind: "ClusterRole", name: "cloudnative-pg-edit" },
      "The chart makes it in any case; it is bound to nobody and aggregated to nothing.",
    ),
    ...WEBHOOKS.flatMap((name) =>
      exempt(
        ["addons/webhook-ca"],
        { kind: `${name.includes("mutating") ? "Mutating" : "Validating"}WebhookConfiguration`, name },
        "The operator makes its authority at its start and writes it in itself.",
      ),
    ),
    ...exempt(
      ["secrets/literal-annotation"],
      { kind: "Service", namespace: NAMESPACE, name: "barman-cloud" },
      "The annotation names the Secret of the client's certificate; it holds none.",
    ),
  ],
  cuts: () => [...cuts],
  accounts: ({ facts }) => accounts(facts.apps),
  delegations: ({ facts }) => delegations(facts.apps),
});
