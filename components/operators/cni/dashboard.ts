import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "network",
  title: "Network plugin",
  panels: [
    {
      title: "Dropped packets (Cilium)",
      unit: "ops",
      lines: { "{{reason}} {{direction}}": "sum by (reason, direction) (rate(cilium_drop_count_total[5m]))" },
    },
    {
      title: "Failures to write rules (Calico)",
      unit: "ops",
      lines: { "{{instance}}": "sum by (instance) (rate(felix_int_dataplane_failures[5m]))" },
    },
  ],
};
