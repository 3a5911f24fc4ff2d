import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "logs",
  title: "Logs (Alloy and Loki)",
  panels: [
    {
      title: "Lines sent",
      unit: "ops",
      lines: { "{{host}}": "sum by (host) (rate(loki_write_sent_entries_total[5m]))" },
    },
    {
      title: "Lines lost",
      unit: "ops",
      lines: { "{{host}} {{reason}}": "sum by (host, reason) (rate(loki_write_dropped_entries_total[5m]))" },
    },
    {
      title: "Records refused by the central system",
      unit: "ops",
      lines: { refused: "sum(rate(otelcol_exporter_send_failed_log_records_total[5m]))" },
    },
    {
      title: "Requests to the log store",
      unit: "reqps",
      lines: {
        "{{status_code}}": 'sum by (status_code) (rate(loki_request_duration_seconds_count{namespace="logging"}[5m]))',
      },
    },
  ],
};
