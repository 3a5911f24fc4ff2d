import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "cloudnative-pg",
  title: "Database operator (CloudNativePG)",
  panels: [
    {
      title: "Reconciliations",
      unit: "ops",
      lines: {
        "{{controller}} {{result}}":
          'sum by (controller, result) (rate(controller_runtime_reconcile_total{namespace="cnpg-system"}[5m]))',
      },
    },
    {
      title: "Webhook's time to answer (99 %)",
      unit: "s",
      lines: {
        "{{webhook}}":
          'histogram_quantile(0.99, sum by (webhook, le) (rate(controller_runtime_webhook_latency_seconds_bucket{namespace="cnpg-system"}[5m])))',
      },
    },
  ],
};
