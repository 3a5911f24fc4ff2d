import { inert, crdsSubchart, helmTest, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "kube-prometheus-stack",
  hooks: [
    {
      files: [
        "templates/prometheus-operator/admission-webhooks/job-patch/ciliumnetworkpolicy-createSecret.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/ciliumnetworkpolicy-patchWebhook.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/clusterrole.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/clusterrolebinding.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/job-createSecret.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/job-patchWebhook.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/networkpolicy-createSecret.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/networkpolicy-patchWebhook.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/role.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/rolebinding.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/serviceaccount.yaml",
      ],
      answer: "replaced",
      by: "The webhook's certificate and CA come from cert-manager (prometheusOperator.admissionWebhooks.certManager.enabled, patch.enabled false).",
    },
    {
      files: [
        "charts/crds/templates/upgrade/clusterrole.yaml",
        "charts/crds/templates/upgrade/clusterrolebinding.yaml",
        "charts/crds/templates/upgrade/crds.yaml",
        "charts/crds/templates/upgrade/job.yaml",
        "charts/crds/templates/upgrade/serviceaccount.yaml",
      ],
      answer: "replaced",
      by: "CRDs are resources of the program, upgraded before the chart (components/crds).",
    },
    helmTest(
      "charts/grafana/templates/tests/test-configmap.yaml",
      "charts/grafana/templates/tests/test-podsecuritypolicy.yaml",
      "charts/grafana/templates/tests/test-role.yaml",
      "charts/grafana/templates/tests/test-rolebinding.yaml",
      "charts/grafana/templates/tests/test-serviceaccount.yaml",
      "charts/grafana/templates/tests/test.yaml",
    ),
  ],
  crds: crdsSubchart,
  inertKeys: {
    "crds.enabled": inert.skippedCrds,
    "defaultRules.rules.kubeProxy": inert.implied,
    "defaultRules.rules.windows": inert.implied,
    "prometheusOperator.admissionWebhooks.patch.enabled": inert.hookOnly,
  },
};
