/** Keys that one chart and its sister releases do not react to, and why they are set all the same. */
type Reasons = Readonly<Record<string, string>>;

const skippedCrds = "CRDs are left out of the render as a whole; the key keeps them out of any other render too.";
const gated = "Needs an API of the cluster that a render does not see; off whatever the render sees.";
const repeatsDefault = "The chart compares it with other names only; written down because the nodes depend on it.";
const hookOnly =
  "Read by Helm hooks only, which are never run; keeps them harmless, and on the mirror, in any other render.";
const implied = "Implied by another key of ours today; stated so that a change of that key cannot turn it around.";
const loader = "Read only with the driver loader, which is off; keeps a later switch on the mirror.";

/**
 * Values keys that an operator sets on purpose although nothing in the chart's render depends on them, each with the
 * reason. Any other key without effect is a failure of `npm run charts -- values`.
 */
export const inertKeys: Readonly<Record<string, Reasons>> = {
  alloy: { "crds.create": skippedCrds },
  "alloy-node": { "crds.create": skippedCrds },
  "confidential-containers": { "kata-as-coco-runtime.k8sDistribution": repeatsDefault },
  "external-secrets": { "crds.conversion.enabled": skippedCrds, "crds.unsafeServeV1Beta1": skippedCrds },
  falco: {
    "driver.loader.initContainer.image.registry": loader,
    "falco.webserver.enabled": implied,
    "falco.webserver.prometheus_metrics_enabled": implied,
  },
  "falco-audit": {
    "collectors.enabled": implied,
    "driver.loader.initContainer.image.registry": loader,
    "falco.webserver.enabled": implied,
    "falco.webserver.prometheus_metrics_enabled": implied,
  },
  falcosidekick: { "prometheusRules.enabled": gated },
  kyverno: {
    "admissionController.podDisruptionBudget.enabled": implied,
    "backgroundController.podDisruptionBudget.enabled": implied,
    "cleanupController.podDisruptionBudget.enabled": implied,
    "prometheusRule.enabled": gated,
    "reportsController.podDisruptionBudget.enabled": implied,
  },
  prometheus: {
    "crds.enabled": skippedCrds,
    "defaultRules.rules.kubeProxy": implied,
    "defaultRules.rules.windows": implied,
    "prometheusOperator.admissionWebhooks.patch.enabled": hookOnly,
  },
  velero: {
    "rbac.clusterAdministrator": implied,
  },
};
