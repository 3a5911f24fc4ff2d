import { onAny, type AlertGroup } from "../../monitoring/alert";

/** Where the agents run. */
const agents = 'namespace=~"log-agents|log-agents-node"';

export const alerts: AlertGroup = {
  name: "alloy",
  alerts: ({ sources }) => [
    ...onAny(sources, {
      alert: "LogStreamDown",
      // Each place by itself: the copy outside may stand still while the log store takes everything.
      queries: [
        {
          expr: `absent(${["loki_write_sent_entries_total", ...(sources.has("opentelemetry-export") ? ["otelcol_exporter_sent_log_records_total"] : [])].map((metric) => `${metric}{${agents}}`).join(" or ")})`,
          fires: { series: { 'up{namespace="log-agents"}': "1x60" }, at: "40m" },
        },
        {
          expr: `sum by (namespace, host) (rate(loki_write_sent_entries_total{${agents}}[10m])) == 0`,
          fires: {
            series: {
              'loki_write_sent_entries_total{namespace="log-agents",host="loki"}': "0+5x60",
              'loki_write_sent_entries_total{namespace="log-agents",host="central"}': "5x60",
            },
            at: "40m",
          },
        },
        {
          expr: `sum by (namespace, exporter) (rate(otelcol_exporter_sent_log_records_total{${agents}}[10m])) == 0`,
          fires: {
            series: { 'otelcol_exporter_sent_log_records_total{namespace="log-agents",exporter="central"}': "5x60" },
            at: "40m",
          },
        },
        {
          expr: `sum by (namespace, exporter) (rate(otelcol_exporter_send_failed_log_records_total{${agents}}[10m])) > 0`,
          fires: {
            series: {
              'otelcol_exporter_sent_log_records_total{namespace="log-agents",exporter="central"}': "0+5x60",
              'otelcol_exporter_send_failed_log_records_total{namespace="log-agents",exporter="central"}': "0+1x60",
            },
            at: "40m",
          },
        },
      ],
      for: "15m",
      severity: "critical",
      summary:
        "Logs of {{ $labels.namespace }} no longer reach {{ if $labels.host }}{{ $labels.host }}{{ else }}the log store or the central system{{ end }}",
      quiet: {
        series: {
          'loki_write_sent_entries_total{namespace="log-agents",host="loki"}': "0+5x60",
          'otelcol_exporter_sent_log_records_total{namespace="log-agents",exporter="central"}': "0+5x60",
        },
        at: "40m",
      },
    }),
    {
      alert: "LogEntriesDropped",
      expr: `sum by (host, reason) (increase(loki_write_dropped_entries_total{${agents}}[15m])) > 0`,
      for: "15m",
      severity: "warning",
      summary: "Log lines for {{ $labels.host }} are lost: {{ $labels.reason }}",
      fires: {
        series: {
          'loki_write_dropped_entries_total{namespace="log-agents",host="loki",reason="rate_limited"}': "0+5x60",
        },
        at: "40m",
      },
      quiet: {
        series: {
          'loki_write_dropped_entries_total{namespace="log-agents",host="loki",reason="rate_limited"}': "5x60",
        },
        at: "40m",
      },
    },
  ],
};
