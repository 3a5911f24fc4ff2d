import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "external-secrets",
  title: "Secrets (External Secrets)",
  panels: [
    {
      title: "Not in sync",
      lines: {
        secrets: 'sum(externalsecret_status_condition{condition="Ready",status="False"})',
        stores: 'sum(clustersecretstore_status_condition{condition="Ready",status="False"})',
      },
    },
    {
      title: "Synchronisations",
      unit: "ops",
      lines: {
        all: "sum(rate(externalsecret_sync_calls_total[5m]))",
        errors: "sum(rate(externalsecret_sync_calls_error[5m]))",
      },
    },
    {
      title: "Calls to stores",
      unit: "ops",
      lines: {
        "{{provider}} {{status}}": "sum by (provider, status) (rate(externalsecret_provider_api_calls_count[5m]))",
      },
    },
  ],
};
