import { onAny, type AlertGroup } from "../../monitoring/alert";

export const alerts: AlertGroup = {
  name: "cni",
  alerts: ({ sources }) =>
    onAny(sources, {
      alert: "PacketsDropped",
      queries: [
        {
          expr: 'sum by (reason) (rate(cilium_drop_count_total{job="cilium-agent"}[5m])) > 10',
          fires: {
            series: { 'cilium_drop_count_total{job="cilium-agent",reason="Policy denied"}': "0+6000x60" },
            at: "30m",
          },
        },
        {
          expr: 'sum by (instance) (rate(felix_int_dataplane_failures{job="calico-node"}[5m])) > 0',
          fires: { series: { 'felix_int_dataplane_failures{job="calico-node",instance="a"}': "0+1x60" }, at: "30m" },
        },
      ],
      for: "15m",
      severity: "warning",
      summary:
        "The network plugin drops packets or cannot write its rules ({{ $labels.reason }}{{ $labels.instance }})",
      quiet: {
        series: {
          'cilium_drop_count_total{job="cilium-agent",reason="Policy denied"}': "0+6x60",
          'felix_int_dataplane_failures{job="calico-node",instance="a"}': "6x60",
        },
        at: "30m",
      },
    }),
};
