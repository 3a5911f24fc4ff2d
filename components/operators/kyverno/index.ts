import { z } from "zod";
import { registryCidrs } from "../../../config/fields";
import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { managedLabels } from "../../namespace/labels";
import type { PodGroup } from "../../../suite/flow";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exemptRights } from "../../exemptions";
import { group, kubeApi, peer, registries, scrape, webhook } from "../frame/flows";
import { pullSecrets, registry } from "../frame/facts";
import { accounts, cuts, delegations } from "./rights";
import { apart, budget, linux, overZones, podContext, resources, workerNodes } from "../frame/pods";
import { kyvernoRightsExemptions } from "../../admission/kyverno/rights";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";

/** The only namespace whose PolicyExceptions count (CVE-2024-48921: elsewhere they are a way around every policy). */
export const POLICY_EXCEPTION_NAMESPACE = "platform-policy-exceptions";

const component = (name: string): PodGroup =>
  group(name, { "app.kubernetes.io/instance": "kyverno", "app.kubernetes.io/component": name });

const controllers = {
  admission: component("admission-controller"),
  background: component("background-controller"),
  cleanup: component("cleanup-controller"),
  reports: component("reports-controller"),
};

/**
 * Webhook configurations that Kyverno makes for itself at run time (kyverno v1.19.1, pkg/config/config.go). They fail
 * closed. Made here, empty, before Kyverno starts, they go after it has stopped; left behind they would refuse every
 * workload of the cluster, for its own removal of them is a race against its roles (pkg/webhooks/server.go, cleanup)
 * and the chart's clean-up is a Helm hook.
 */
const WEBHOOK_CONFIGURATIONS = [
  ...["cel-exception", "cleanup", "exception", "global-context", "policy", "resource", "ttl"].map((subject) => ({
    kind: "ValidatingWebhookConfiguration",
    name: `kyverno-${subject}-validating-webhook-cfg`,
  })),
  ...["policy", "resource", "verify"].map((subject) => ({
    kind: "MutatingWebhookConfiguration",
    name: `kyverno-${subject}-mutating-webhook-cfg`,
  })),
];

const METRICS_PORT = 8000;
const WEBHOOK_PORT = 9443;

/** What every controller has in common. */
function controller({ labels }: PodGroup, replicas: number, minAvailable: number) {
  return {
    replicas,
    // The token is mounted as a projected volume instead, which expires and rotates.
    rbac: { serviceAccount: { automountServiceAccountToken: false } },
    podSecurityContext: podContext(),
    podDisruptionBudget: budget(minAvailable),
    ...apart(labels),
    topologySpreadConstraints: overZones(labels),
    ...workerNodes,
    // Ours are computed from the flow table; the chart's allow everything as soon as no peer is given.
    networkPolicy: { enabled: false },
  };
}

export default defineOperator({
  name: "kyverno",
  title: "Kyverno: mutation, generation, image signatures, and reports over every admission policy.",
  enabledByDefault: true,
  namespaces: [
    { name: "kyverno", podSecurity: { level: "restricted", reason: "All four controllers run restricted." } },
    {
      name: POLICY_EXCEPTION_NAMESPACE,
      podSecurity: { level: "restricted", reason: "Holds PolicyExceptions, no pods." },
    },
  ],
  settings: {
    replicas: z
      .int()
      .min(3)
      .default(3)
      .describe("Admission controllers. Three is the least that Kyverno calls highly available."),
    backgroundScanInterval: z
      .string()
      .regex(/^\d+[hm]$/, "is not a number of hours or minutes; examples: 6h, 30m")
      .default("6h")
      .describe("How often existing objects are judged again."),
    registryCidrs: registryCidrs.describe("Registries that image verification reads; empty: the public internet."),
  },
  alerts: [alerts],
  dashboards: [dashboard],
  needs: [],
  provides: ["admission-policies"],
  webhooks: () => [
    {
      configurations: ["ValidatingWebhookConfiguration/kyverno-policy-validating-webhook-cfg"],
      madeByController: true,
      object: {
        apiVersion: "policies.kyverno.io/v1",
        kind: "MutatingPolicy",
        metadata: { name: "platform-webhook-probe" },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] },
            ],
          },
          mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
        },
      },
    },
  ],
  before: () =>
    WEBHOOK_CONFIGURATIONS.map(({ kind, name }) => ({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind,
      metadata: { name, labels: managedLabels },
      webhooks: [],
    })),
  chart: { ...chart, release: "kyverno" },
  values: ({ facts, settings }) => {
    const monitor = { serviceMonitor: { enabled: facts.capabilities.has("monitors") } };
    const base = {
      admission: controller(controllers.admission, settings.replicas, 2),
      background: controller(controllers.background, 2, 1),
      cleanup: controller(controllers.cleanup, 2, 1),
      reports: controller(controllers.reports, 2, 1),
    };
    return {
      global: {
        priorityClassName: priorityClass.critical,
        nodeSelector: linux,
        crdWatcher: false,
        imagePullSecrets: pullSecrets(facts),
        image: { registry: registry(facts, "reg.kyverno.io") },
      },
      // With these it reads signatures; `global.imagePullSecrets` only pulls its own images.
      existingImagePullSecrets: pullSecrets(facts).map(({ name }) => name),
      // The platform owns the CRDs: with the chart they, and every policy, would go when the chart goes.
      crds: { install: false, migration: { enabled: false } },
      // Helm hooks, which the chart component does not run. Applied as plain objects they would scale Kyverno to zero.
      webhooksCleanup: { enabled: false },
      config: {
        // For images that name no registry, which are Docker Hub's.
        defaultRegistry: registry(facts, "docker.io").replace(/\/.*/, ""),
        excludeKyvernoNamespace: true,
        generateSuccessEvents: false,
        updateRequestThreshold: 1000,
        maxContextSize: "2Mi",
        webhooks: {
          namespaceSelector: {
            matchExpressions: [
              {
                key: NAMESPACE_NAME_LABEL,
                operator: "NotIn",
                values: ["kube-system", "kube-node-lease", "kube-public"],
              },
            ],
          },
        },
      },
      // An admin of a namespace would have exceptions to policies and requests to change objects.
      rbac: { roles: { aggregate: { admin: false, view: false } } },
      features: {
        logging: { format: "json", verbosity: 2 },
        policyExceptions: { enabled: true, namespace: POLICY_EXCEPTION_NAMESPACE },
        protectManagedResources: { enabled: true },
        // Nodes and certificate requests must get in while Kyverno is down, or a stopped cluster cannot start
        // (kyverno/kyverno#16177).
        excludeBootstrapResources: { enabled: true },
        forceFailurePolicyIgnore: { enabled: false },
        generateValidatingAdmissionPolicy: { enabled: true },
        validatingAdmissionPolicyReports: { enabled: true },
        registryClient: { allowInsecure: false, credentialHelpers: ["default"] },
        backgroundScan: {
          enabled: true,
          backgroundScanWorkers: 2,
          backgroundScanInterval: settings.backgroundScanInterval,
          skipResourceFilters: true,
        },
        globalContext: { maxApiCallResponseLength: 2_000_000, apiCallTimeout: "10s", maxGlobalContextEntries: 100 },
      },
      admissionController: {
        ...base.admission,
        ...monitor,
        apiPriorityAndFairness: true,
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
        initContainer: { resources: resources(["10m", "64Mi"], ["100m", "256Mi"]) },
        container: {
          resources: resources(["250m", "256Mi"], ["2", "1Gi"]),
          // Requests in flight are answered before the endpoint disappears.
          lifecycle: { preStop: { sleep: { seconds: 10 } } },
        },
      },
      backgroundController: { ...base.background, ...monitor, resources: resources(["100m", "128Mi"], ["1", "512Mi"]) },
      cleanupController: { ...base.cleanup, ...monitor, resources: resources(["50m", "128Mi"], ["500m", "256Mi"]) },
      reportsController: {
        ...base.reports,
        ...monitor,
        apiPriorityAndFairness: true,
        // The default of 128Mi is killed on clusters with many objects (kubermatic/kubermatic#15666).
        resources: resources(["100m", "256Mi"], ["1", "1Gi"]),
      },
      grafana: { enabled: facts.capabilities.has("monitors") },
      // Alerts of every component come from components/monitoring.
      prometheusRule: { enabled: false },
    };
  },
  cuts: () => [...cuts],
  accounts: () => [...accounts],
  delegations: () => [...delegations],
  exemptions: () => [
    ...kyvernoRightsExemptions,
    ...["admission", "background", "reports"].flatMap((controller) =>
      exemptRights(
        ["grant-secret-read"],
        { kind: "Role", namespace: "kyverno", name: `kyverno:${controller}-controller` },
        "Reads its webhooks' certificates and its registry logins, in its own namespace alone.",
      ),
    ),
    ...["admission", "cleanup"].flatMap((controller) =>
      exemptRights(
        ["grant-secret-write"],
        { kind: "Role", namespace: "kyverno", name: `kyverno:${controller}-controller` },
        "Makes and renews the certificate of its own webhook, in its own namespace alone.",
      ),
    ),
    ...exemptRights(
      ["grant-admission-write", "grant-policy-write"],
      { kind: "ClusterRole", name: "kyverno:admission-controller:core" },
      "Registers the webhooks of its policies; this is what it exists for.",
    ),
    ...exemptRights(
      ["grant-policy-write"],
      { kind: "ClusterRole", name: "kyverno:rbac:admin:policies" },
      "The chart adds it to the built-in role admin; nobody but the platform's administrators has that cluster-wide.",
    ),
  ],
  flows: ({ facts, settings }) => [
    webhook("kyverno", controllers.admission, WEBHOOK_PORT, "Admission review of every guarded kind"),
    webhook("kyverno", controllers.cleanup, WEBHOOK_PORT, "Validation of cleanup and deleting policies"),
    ...Object.values(controllers).flatMap((pods) => [
      kubeApi("kyverno", pods, "Reads policies and the objects they are about"),
      scrape("kyverno", pods, METRICS_PORT),
    ]),
    registries(
      facts,
      peer("kyverno", controllers.admission),
      settings.registryCidrs,
      "Image signatures and attestations",
    ),
    registries(
      facts,
      peer("kyverno", controllers.reports),
      settings.registryCidrs,
      "Image verification in background scans",
    ),
  ],
  monitors: () =>
    Object.values(controllers).map((pods) => ({
      kind: "ServiceMonitor",
      namespace: "kyverno",
      scrapes: pods.name,
      port: METRICS_PORT,
    })),
  controllerOwned: [
    ...WEBHOOK_CONFIGURATIONS.map((configuration) => ({
      ...configuration,
      fields: ["metadata", "webhooks"],
      reason: "Kyverno writes its webhooks and its own labels.",
    })),
    {
      kind: "FlowSchema",
      fields: ["spec.rules", "spec.distinguisherMethod"],
      reason: "The API server fills in defaults that the chart leaves out.",
    },
  ],
});
