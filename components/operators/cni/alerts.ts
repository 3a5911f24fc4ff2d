import { onAny, type AlertGroup } from "../../monitoring/alert";

export const alerts: AlertGroup = {
  name: "cni",
  alerts: ({ sources }) =>
    onAny(sources, {
      alert: "PacketsDropped",
      queries: [
        'sum by (reason) (rate(cilium_drop_count_total{job="cilium-agent"}[5m])) > 10',
        'sum by (instance) (rate(felix_int_dataplane_failures{job="calico-node"}[5m])) > 0',
      ],
      for: "15m",
      severity: "warning",
      summary:
        "The network plugin drops packets or cannot write its rules ({{ $labels.reason }}{{ $labels.instance }})",
      fires: {
        series: { 'cilium_drop_count_total{job="cilium-agent",reason="Policy denied"}': "0+6000x60" },
        at: "30m",
      },
      quiet: { series: { 'cilium_drop_count_total{job="cilium-agent",reason="Policy denied"}': "0+6x60" }, at: "30m" },
    }),
};
