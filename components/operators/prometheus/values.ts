import { label } from "../../../lib/labels";
import { customResourceState, type ResourceMetrics } from "../../monitoring/resource-metrics";
import { NAMESPACE as DATABASES } from "../cloudnative-pg/places";
import { archiveMetrics } from "../databases/metrics";
import { veleroMetrics } from "../velero/metrics";
import { priorityClass } from "../../priority-classes";
import { clusterName, organisationOf, pullSecrets, registry, type Facts } from "../frame/facts";
import type { JsonObject } from "../frame/manifest";
import { grafana as grafanaPlace, monitoringWebhook } from "./place";
import { logStore, tenant } from "../loki/place";
import { apart, budget, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { INTERNAL_ISSUER, ROOT_CERTIFICATE } from "../frame/secrets";
import type { ChartPatch } from "../frame/patch";
import { ownerLabels } from "./alertmanager";
import { enforcement, ownLabels, scrapeConfigs } from "./scrapes";

export const NODE_NAMESPACE = "monitoring-node";
export const RELEASE = "kube-prometheus-stack";
export const CONFIG_SECRET = "alertmanager-config";
export const GRAFANA_LOKI_SECRET = "grafana-loki";

export interface ValuesSettings {
  readonly retention: string;
  readonly prometheusStorage: string;
  readonly alertmanagerStorage: string;
  readonly grafanaStorage: string;
  readonly controlPlaneMetrics: boolean;
}

/** Whether the stack's own cert-manager signs inside the cluster; the owner of another one has issuers of their own. */
export const issuedByUs = ({ capabilities, present }: Pick<Facts, "capabilities" | "present">): boolean =>
  capabilities.has("certificates") && !present.crds.has("certificates.cert-manager.io");

/** The authority of the webhook comes from the root itself, so that the injector reads one namespace. */
export const webhookAuthority: ChartPatch[] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].map(
  (kind) => ({
    kind,
    name: monitoringWebhook,
    patch: { metadata: { annotations: { "cert-manager.io/inject-ca-from": ROOT_CERTIFICATE } } },
    reason: "The chart names the webhook's own Certificate, whose Secret the injector does not read.",
  }),
);

const off = { enabled: false };
/** Services and rules as the chart has them; scraped by scrapes.ts. */
const inScrapes = { serviceMonitor: off };

function claim(facts: Facts, size: string): JsonObject {
  return {
    volumeClaimTemplate: {
      spec: {
        storageClassName: facts.storageClass,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
      },
    },
  };
}

/** 90 % of a quantity in Gi, so that Prometheus drops old blocks before its volume is full. */
export function retentionSize(storage: string): string {
  const size = /^(\d+)Gi$/.exec(storage)?.[1];
  return size === undefined ? "0" : `${Math.floor(Number(size) * 0.9)}GiB`;
}

/** Rules and monitors of the control plane, which are red for ever where nobody can reach its metrics. */
function controlPlane(reachable: boolean): JsonObject {
  if (reachable) {
    return {
      kubeEtcd: inScrapes,
      kubeControllerManager: inScrapes,
      kubeScheduler: inScrapes,
      kubeProxy: off,
    };
  }
  return {
    kubeEtcd: off,
    kubeControllerManager: off,
    kubeScheduler: off,
    kubeProxy: off,
  };
}

export function stackValues(facts: Facts, settings: ValuesSettings): JsonObject {
  const reachable = settings.controlPlaneMetrics && !facts.cluster.managedControlPlane;
  return {
    fullnameOverride: RELEASE,
    cleanPrometheusOperatorObjectNames: true,
    crds: { enabled: false },
    global: {
      rbac: { create: true, createAggregateClusterRoles: false },
      imagePullSecrets: pullSecrets(facts),
    },
    defaultRules: { create: true, rules: { kubeProxy: false, windows: false } },
    ...controlPlane(reachable),
    kubeApiServer: inScrapes,
    kubelet: inScrapes,
    coreDns: inScrapes,
    prometheusOperator: operatorValues(facts),
    prometheus: prometheusValues(facts, settings, reachable),
    alertmanager: alertmanagerValues(facts, settings),
    grafana: grafanaValues(facts, settings),
    "kube-state-metrics": {
      image: { registry: registry(facts, "registry.k8s.io") },
      priorityClassName: priorityClass.critical,
      affinity: workerNodes,
      resources: resources(["50m", "128Mi"], ["200m", "512Mi"]),
      // Their contents never leave the API server for a metric.
      collectors: stateMetrics,
      prometheus: { monitor: { metricRelabelings: ownLabels } },
      // Its own metrics are on a port of their own; the chart's alerts KubeStateMetrics* read them.
      selfMonitor: { enabled: true },
      networkPolicy: off,
      ...ofResources(facts),
    },
    "prometheus-node-exporter": nodeExporterValues(facts),
    windowsMonitoring: off,
  };
}

/** Metrics of custom resources, of the operators that the stack installs. */
function ofResources({ operatorNamespaces }: Facts): JsonObject {
  const kinds = resourceMetrics
    .filter(({ namespace }) => operatorNamespaces.includes(namespace))
    .flatMap((all) => all.kinds);
  if (kinds.length === 0) return {};
  const groups = [...new Set(kinds.map(({ group }) => group))];
  return {
    customResourceState: { enabled: true, config: customResourceState(kinds) },
    rbac: {
      extraRules: groups.map((group) => ({
        apiGroups: [group],
        resources: kinds.filter((kind) => kind.group === group).map(({ plural }) => plural),
        verbs: ["list", "watch"],
      })),
    },
  };
}

/** Kinds by the namespace of the operator that they are of. */
const resourceMetrics: readonly { readonly namespace: string; readonly kinds: readonly ResourceMetrics[] }[] = [
  { namespace: "velero", kinds: veleroMetrics },
  { namespace: DATABASES, kinds: archiveMetrics },
];

/** What kube-state-metrics exports: everything it knows by default, but Secrets and ConfigMaps. */
const stateMetrics = [
  "certificatesigningrequests",
  "cronjobs",
  "daemonsets",
  "deployments",
  "endpointslices",
  "horizontalpodautoscalers",
  "ingresses",
  "jobs",
  "leases",
  "limitranges",
  "mutatingwebhookconfigurations",
  "namespaces",
  "networkpolicies",
  "nodes",
  "persistentvolumeclaims",
  "persistentvolumes",
  "poddisruptionbudgets",
  "pods",
  "replicasets",
  "resourcequotas",
  "services",
  "statefulsets",
  "storageclasses",
  "validatingwebhookconfigurations",
  "volumeattachments",
];

function operatorValues(facts: Facts): JsonObject {
  const certificates = facts.capabilities.has("certificates");
  const image = { registry: registry(facts, "quay.io") };
  return {
    image,
    thanosImage: image,
    priorityClassName: priorityClass.critical,
    affinity: workerNodes,
    resources: resources(["100m", "128Mi"], ["500m", "512Mi"]),
    // Its rights on Secrets and StatefulSets end at this namespace as well (rbac.ts).
    ...Object.fromEntries(
      ["prometheusInstance", "alertmanagerInstance", "thanosRulerInstance", "alertmanagerConfig"].map((kind) => [
        `${kind}Namespaces`,
        [facts.monitoringNamespace],
      ]),
    ),
    // Prometheus finds the nodes itself: no Service of kubelets to keep in kube-system.
    kubeletService: off,
    networkPolicy: off,
    // Without cert-manager nothing would issue the webhook's certificate: the chart's own way is a Helm hook.
    tls: certificates ? { enabled: true, tlsMinVersion: "VersionTLS13" } : off,
    admissionWebhooks: certificates
      ? {
          enabled: true,
          failurePolicy: "Fail",
          patch: off,
          certManager: {
            enabled: true,
            ...(issuedByUs(facts) ? { issuerRef: { kind: "ClusterIssuer", name: INTERNAL_ISSUER } } : {}),
          },
          deployment: {
            enabled: true,
            image,
            replicas: 2,
            podDisruptionBudget: budget(1),
            affinity: { ...workerNodes, ...apart({ "app.kubernetes.io/component": "prometheus-operator-webhook" }) },
            resources: resources(["20m", "32Mi"], ["200m", "128Mi"]),
            automountServiceAccountToken: false,
            priorityClassName: priorityClass.critical,
          },
        }
      : off,
    prometheusConfigReloader: { image, enableProbe: true, resources: resources(["10m", "50Mi"], ["100m", "100Mi"]) },
  };
}

function prometheusValues(facts: Facts, settings: ValuesSettings, reachable: boolean): JsonObject {
  // MijnBureau's monitors carry no release label: what counts is the namespace that they are in.
  const everything = {};
  const ours = { matchLabels: { [label.monitoring]: "true" } };
  const platforms = { matchLabels: { [label.monitoring]: "true", [label.role]: "operator" } };
  const kinds = { serviceMonitor: ours, podMonitor: ours, rule: ours, probe: platforms, scrapeConfig: platforms };
  return {
    networkPolicy: off,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
    prometheusSpec: {
      image: { registry: registry(facts, "quay.io") },
      ...Object.fromEntries(
        Object.entries(kinds).flatMap(([kind, namespaces]) => [
          [`${kind}SelectorNilUsesHelmValues`, false],
          [`${kind}Selector`, everything],
          [`${kind}NamespaceSelector`, namespaces],
        ]),
      ),
      ...enforcement(facts.operatorNamespaces),
      replicas: 2,
      replicaExternalLabelName: "prometheus_replica",
      additionalAlertRelabelConfigs: ownerLabels(facts.owner, facts.apps),
      externalLabels: { organisation: organisationOf(facts), cluster: clusterName(facts) },
      retention: settings.retention,
      retentionSize: retentionSize(settings.prometheusStorage),
      priorityClassName: priorityClass.critical,
      podAntiAffinity: "hard",
      affinity: workerNodes,
      nodeSelector: linux,
      enableAdminAPI: false,
      // A monitor must not read files of Prometheus' pod, such as its token.
      arbitraryFSAccessThroughSMs: { deny: true },
      additionalScrapeConfigs: scrapeConfigs(RELEASE, reachable),
      // The Endpoints API is deprecated since Kubernetes 1.33.
      serviceDiscoveryRole: "EndpointSlice",
      enforcedSampleLimit: 200_000,
      resources: resources(["500m", "2Gi"], ["2", "6Gi"]),
      storageSpec: claim(facts, settings.prometheusStorage),
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 2000,
        fsGroup: 2000,
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      },
    },
  };
}

function alertmanagerValues(facts: Facts, settings: ValuesSettings): JsonObject {
  return {
    networkPolicy: off,
    podDisruptionBudget: { enabled: true, minAvailable: 2 },
    serviceAccount: { automountServiceAccountToken: false },
    alertmanagerSpec: {
      image: { registry: registry(facts, "quay.io") },
      replicas: 3,
      priorityClassName: priorityClass.critical,
      podAntiAffinity: "hard",
      affinity: workerNodes,
      nodeSelector: linux,
      automountServiceAccountToken: false,
      // Receivers' credentials stay out of values and state.
      useExistingSecret: true,
      configSecret: CONFIG_SECRET,
      alertmanagerConfigMatcherStrategy: { type: "OnNamespace" },
      resources: resources(["50m", "128Mi"], ["200m", "256Mi"]),
      storage: claim(facts, settings.alertmanagerStorage),
    },
  };
}

function grafanaValues(facts: Facts, settings: ValuesSettings): JsonObject {
  return {
    image: { registry: registry(facts, "docker.io") },
    replicas: 1,
    admin: { existingSecret: grafanaPlace.adminSecret, userKey: "admin-user", passwordKey: "admin-password" },
    // Its init container is root with CHOWN; fsGroup does the same.
    initChownData: off,
    testFramework: off,
    persistence: { enabled: true, size: settings.grafanaStorage, storageClassName: facts.storageClass, type: "pvc" },
    // Two pods cannot share the volume during an update.
    deploymentStrategy: { type: "Recreate" },
    priorityClassName: priorityClass.standard,
    affinity: workerNodes,
    nodeSelector: linux,
    resources: resources(["100m", "256Mi"], ["500m", "768Mi"]),
    securityContext: podContext(472),
    containerSecurityContext: restricted,
    extraEmptyDirMounts: [{ name: "tmp", mountPath: "/tmp" }],
    // The sidecars log in to reload; the account needs its token for them.
    sidecar: {
      image: { registry: registry(facts, "quay.io") },
      resources: resources(["20m", "96Mi"], ["200m", "256Mi"]),
      securityContext: restricted,
      // With the default of `both` it asks for Secrets too; it has the right to ConfigMaps only. Apps have their dashboards
      // by the Grafana operator: the sidecar would fetch what a ConfigMap of theirs names, and write over others' files.
      dashboards: { searchNamespace: facts.monitoringNamespace, resource: "configmap" },
      datasources: { searchNamespace: facts.monitoringNamespace, resource: "configmap" },
    },
    networkPolicy: off,
    rbac: { namespaced: true },
    ...(facts.capabilities.has("log-store") ? lokiDatasource() : {}),
    "grafana.ini": {
      analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
      security: {
        disable_gravatar: true,
        cookie_secure: true,
        cookie_samesite: "strict",
        strict_transport_security: true,
        content_security_policy: true,
      },
      users: { allow_sign_up: false },
      "auth.anonymous": { enabled: false },
      snapshots: { external_enabled: false },
    },
  };
}

/** One data source per tenant of the log store: Loki answers for one at a time. */
function lokiDatasource(): JsonObject {
  return {
    envFromSecret: GRAFANA_LOKI_SECRET,
    additionalDataSources: Object.values(tenant).map((name) => ({
      name: `Loki ${name}`,
      uid: `loki-${name}`,
      type: "loki",
      access: "proxy",
      url: logStore.url,
      basicAuth: true,
      basicAuthUser: "$LOKI_USERNAME",
      jsonData: { httpHeaderName1: "X-Scope-OrgID" },
      secureJsonData: { basicAuthPassword: "$LOKI_PASSWORD", httpHeaderValue1: name },
    })),
  };
}

function nodeExporterValues(facts: Facts): JsonObject {
  return {
    image: { registry: registry(facts, "quay.io") },
    // The one part that needs the host, in a namespace of its own.
    namespaceOverride: NODE_NAMESPACE,
    priorityClassName: priorityClass.node,
    // In a pod's network it would report the pod's interfaces.
    hostNetwork: true,
    hostPID: true,
    // The node's address only, not every interface: its metrics have no authentication.
    service: { listenOnAllInterfaces: false },
    containerSecurityContext: { ...restricted },
    securityContext: podContext(65_534),
    resources: resources(["20m", "32Mi"], ["200m", "128Mi"]),
  };
}
