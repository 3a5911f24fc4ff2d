import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "kyverno",
  title: "Admission (Kyverno)",
  panels: [
    { title: "Requests", unit: "reqps", lines: { requests: "sum(rate(kyverno_admission_requests_total[5m]))" } },
    {
      title: "Duration of reviews",
      unit: "s",
      lines: {
        p50: "histogram_quantile(0.5, sum by (le) (rate(kyverno_admission_review_duration_seconds_bucket[5m])))",
        p99: "histogram_quantile(0.99, sum by (le) (rate(kyverno_admission_review_duration_seconds_bucket[5m])))",
      },
    },
    {
      title: "Refused in an hour",
      lines: {
        "{{policy_name}}":
          'sum by (policy_name) (increase(kyverno_validating_policy_results_total{result=~"fail|error"}[1h]))',
        "images: {{policy_name}}":
          'sum by (policy_name) (increase(kyverno_image_validating_policy_results_total{result=~"fail|error"}[1h]))',
      },
    },
    {
      title: "Ephemeral reports in etcd",
      lines: {
        reports: 'max(apiserver_resource_objects{group="reports.kyverno.io",resource="ephemeralreports"})',
      },
    },
  ],
};
