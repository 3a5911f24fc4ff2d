import type { Flow } from "../../../suite/flow";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exemptRights } from "../../exemptions";
import { image, pullSecrets } from "../frame/facts";
import { endpoint, foreign, group, kubeApi, outside, peer, scrape, serviceNamespace, webhook } from "../frame/flows";
import { apart, evictBroken, linux, overZones, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { accounts, cuts, delegations } from "./rights";
import { cloudSettings, cloudStore, NAMESPACE, openbaoSettings, openbaoStores, tokenAccounts } from "./stores";
import { keptKeys } from "./kept-keys";
import { suiteOf, suiteSecrets, suiteSettings } from "./suite";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";

const part = (name: string, appName: string) => group(name, { "app.kubernetes.io/name": appName });
const controller = part("controller", "external-secrets");
const webhookPods = part("webhook", "external-secrets-webhook");
const certController = part("cert-controller", "external-secrets-cert-controller");

const METRICS_PORT = 8080;
const WEBHOOK_PORT = 10250;

const context = { runAsUser: 1000, runAsGroup: 1000, ...restricted };
const disruptions = { enabled: true, minAvailable: 1 };

export default defineOperator({
  name: "external-secrets",
  title: "External Secrets: copies secrets from OpenBao or a cloud store into the namespaces that may have them.",
  duties: [
    "OpenBao or Vault: a Kubernetes auth mount, and the roles `mijnbureau-operator` and `mijnbureau-suite`, bound to the ServiceAccounts `openbao-operator` and `openbao-suite` in the namespace external-secrets, with audience `openbao`; each may read only `platform/*` or `mijnbureau/*`.",
    "Deployments and StatefulSets of the suite that read a Secret which External Secrets changed are restarted by Kyverno, at once or within the hour; without Kyverno somebody has to restart them. Kyverno was chosen over a reloader of its own: the stack has it already, and it reads the named Secrets one by one where a reloader watches them all.",
    "After the first `helm install` of the suite Helm's own values stay until the next refresh, at most an hour. An upgrade of the suite changes no key that External Secrets has written: the API server keeps them; one without MutatingAdmissionPolicy (Kubernetes before 1.36) lets Helm write its own, and External Secrets writes the same values as before again within seconds, which restarts what reads them.",
  ],
  enabledByDefault: true,
  namespaces: [
    { name: NAMESPACE, podSecurity: { level: "restricted", reason: "All three deployments run restricted." } },
  ],
  settings: {
    openbao: openbaoSettings.prefault({}).describe("The secret store; OpenBao and Vault speak the same API."),
    cloud: cloudSettings.optional().describe("A second store, of the cloud provider."),
    ...suiteSettings,
  },
  alerts: [alerts],
  dashboards: [dashboard],
  needs: [],
  provides: ["external-secrets"],
  chart: { ...chart, release: "external-secrets" },
  values: ({ facts }) => {
    const workload = (labels: Readonly<Record<string, string>>) => ({
      priorityClassName: priorityClass.critical,
      affinity: { ...workerNodes, ...apart(labels) },
      topologySpreadConstraints: overZones(labels),
      podDisruptionBudget: disruptions,
      podSecurityContext: { enabled: true, ...podContext() },
      securityContext: { enabled: true, ...context },
      networkPolicy: { enabled: false },
    });
    return {
      global: {
        // Replaces the whole repository, registry and path, of every component.
        repository: image(facts, "ghcr.io/external-secrets/external-secrets"),
        imagePullSecrets: pullSecrets(facts),
        nodeSelector: linux,
      },
      installCRDs: false,
      crds: { unsafeServeV1Beta1: false, conversion: { enabled: false } },
      ...workload(controller.labels),
      replicaCount: 2,
      // Off by default: two replicas would then write every Secret twice.
      leaderElect: true,
      concurrent: 5,
      openshiftFinalizers: facts.cluster.distribution === "openshift",
      systemAuthDelegator: false,
      // Each app has ExternalSecrets of its own; for one across namespaces it would need to change Namespaces.
      processClusterExternalSecret: false,
      processClusterPushSecret: false,
      genericTargets: { enabled: false },
      extendedMetricLabels: true,
      log: { level: "info", timeEncoding: "iso8601" },
      rbac: {
        servicebindings: { create: false },
        aggregateToView: false,
        // Who may write an ExternalSecret may read any entry of the store: the platform's code only.
        aggregateToEdit: false,
        aggregateToAdmin: false,
        // A Role over the accounts of the stores replaces the right to be any ServiceAccount.
        serviceAccountTokenCreate: false,
      },
      resources: resources(["50m", "128Mi"], ["500m", "512Mi"]),
      livenessProbe: { enabled: true },
      readinessProbe: { enabled: true },
      serviceMonitor: {
        enabled: facts.capabilities.has("monitors"),
        // Rendering has no cluster to ask whether the kind exists.
        renderMode: "alwaysRender",
        interval: "60s",
      },
      grafanaDashboard: { enabled: facts.capabilities.has("monitors") },
      webhook: {
        ...workload(webhookPods.labels),
        replicaCount: 3,
        failurePolicy: "Fail",
        resources: resources(["20m", "64Mi"], ["200m", "256Mi"]),
        readinessProbe: { enabled: true },
        livenessProbe: { enabled: true },
      },
      certController: {
        ...workload(certController.labels),
        create: true,
        replicaCount: 2,
        livenessProbe: { enabled: true },
        resources: resources(["20m", "64Mi"], ["200m", "256Mi"]),
      },
    };
  },
  secrets: () => [
    {
      from: "controller",
      namespace: NAMESPACE,
      name: "external-secrets-webhook",
      keys: ["ca.crt", "ca.key", "tls.crt", "tls.key"],
      by: "external-secrets-cert-controller",
      why: "Certificate of the validating webhook, renewed by the chart's own controller.",
    },
  ],
  objects: ({ facts, settings }) => [
    ...openbaoStores(settings.openbao, settings.cloud),
    ...(settings.cloud === undefined ? [] : cloudStore(settings.cloud)),
    ...suiteSecrets(suiteOf(facts, settings)),
  ],
  mutations: ({ facts, settings }) => keptKeys(suiteOf(facts, settings)),
  exemptions: () => [
    ...exemptRights(
      ["grant-secret-read", "grant-secret-store-write"],
      { kind: "ClusterRole", name: "external-secrets-controller" },
      "Keeps ExternalSecrets and watches what they made; upstream's code watches the Secrets of one namespace or of all.",
    ),
    ...exemptRights(
      ["grant-secret-store-write"],
      { kind: "ClusterRole", name: "external-secrets-edit" },
      "The chart makes it in any case; it is bound to nobody and aggregated to nothing.",
    ),
  ],
  flows: ({ settings }) => [
    webhook(NAMESPACE, webhookPods, WEBHOOK_PORT, "Validation of stores and ExternalSecrets"),
    ...[controller, webhookPods, certController].flatMap((pods) => [
      kubeApi(NAMESPACE, pods, "Reads its own kinds, writes Secrets and webhook certificates"),
      scrape(NAMESPACE, pods, METRICS_PORT),
    ]),
    storeFlow(settings.openbao.server, settings.openbao.cidrs),
    ...(settings.cloud === undefined
      ? []
      : [outside(peer(NAMESPACE, controller), { name: "cloud-secret-store" }, "The provider's secret store")]),
  ],
  patches: () => [evictBroken],
  cuts: () => [...cuts],
  accounts: ({ settings }) => accounts(tokenAccounts(settings.cloud)),
  delegations: () => [...delegations],
  webhooks: () => {
    const apiVersion = "external-secrets.io/v1";
    const metadata = { name: "platform-webhook-probe" };
    const provider = { fake: { data: [] } };
    const here = { ...metadata, namespace: NAMESPACE };
    const stores = ["ValidatingWebhookConfiguration/secretstore-validate"];
    return [
      { configurations: stores, object: { apiVersion, kind: "SecretStore", metadata: here, spec: { provider } } },
      { configurations: stores, object: { apiVersion, kind: "ClusterSecretStore", metadata, spec: { provider } } },
      {
        configurations: ["ValidatingWebhookConfiguration/externalsecret-validate"],
        object: {
          apiVersion,
          kind: "ExternalSecret",
          metadata: here,
          spec: {
            secretStoreRef: { kind: "SecretStore", name: metadata.name },
            data: [{ secretKey: "key", remoteRef: { key: "entry" } }],
          },
        },
      },
    ];
  },
  monitors: () =>
    [controller, webhookPods, certController].map((pods) => ({
      kind: "ServiceMonitor",
      namespace: NAMESPACE,
      scrapes: pods.labels["app.kubernetes.io/name"] ?? pods.name,
      port: METRICS_PORT,
    })),
  controllerOwned: [
    {
      kind: "Secret",
      name: "external-secrets-webhook",
      fields: ["data", "stringData"],
      reason:
        "Filled by the cert-controller; writing the chart's empty Secret again breaks TLS (external-secrets#4440).",
    },
    {
      kind: "ValidatingWebhookConfiguration",
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by the cert-controller.",
    },
  ],
});

function storeFlow(server: string, cidrs: readonly string[]): Flow {
  const why = "Reads secrets from the store";
  const namespace = serviceNamespace(server);
  const target = endpoint("secret-store", server, cidrs);
  return namespace === undefined
    ? outside(peer(NAMESPACE, controller), target, why)
    : foreign(peer(NAMESPACE, controller), { namespace, pods: group("openbao", {}) }, target.ports ?? [], why);
}
