import type { AlertGroup } from "../../monitoring/alert";

const NAMESPACE = "log-agents-node";
const read = `loki_source_file_read_lines_total{namespace="${NAMESPACE}"}`;
const sent = `loki_write_sent_entries_total{namespace="${NAMESPACE}"}`;
const wanted = `kube_daemonset_status_desired_number_scheduled{job="kube-state-metrics",namespace="${NAMESPACE}"}`;
const errors = (instance: string): string =>
  `apiserver_audit_error_total{job="apiserver",instance="${instance}",plugin="webhook"}`;

/** An API server writes audit events all the time: kubelets alone ask for tokens every few minutes. */
const none = (counter: string): string => `sum by (instance) (increase(${counter}[15m])) == 0`;

/** The API server's audit events: written, read and sent. Managed control planes have no agent and are not judged. */
export const alerts: AlertGroup = {
  name: "audit",
  alerts: () => [
    {
      alert: "AuditLogMissing",
      expr: `(${none(read)} or ${none(sent)} or absent(${read})) and on () (sum(${wanted}) > 0)`,
      for: "15m",
      severity: "critical",
      summary: "No audit events arrive from control-plane node {{ $labels.instance }}",
      fires: {
        series: {
          [read.replace("}", ',instance="a"}')]: "0+5x90",
          [read.replace("}", ',instance="b"}')]: "7x90",
          [sent.replace("}", ',instance="a"}')]: "0+5x90",
          [sent.replace("}", ',instance="b"}')]: "0+5x90",
          [wanted]: "2x90",
        },
        at: "60m",
      },
      quiet: {
        series: {
          [read.replace("}", ',instance="a"}')]: "0+5x90",
          [sent.replace("}", ',instance="a"}')]: "0+5x90",
          [wanted]: "1x90",
        },
        at: "60m",
      },
    },
    {
      alert: "AuditEventsLost",
      expr: 'sum by (instance, plugin) (increase(apiserver_audit_error_total{job="apiserver"}[15m])) > 0',
      for: "10m",
      severity: "warning",
      summary: "The API server {{ $labels.instance }} loses audit events: {{ $labels.plugin }}",
      fires: { series: { [errors("a")]: "0+3x60" }, at: "40m" },
      quiet: { series: { [errors("a")]: "3x60" }, at: "40m" },
    },
  ],
};
