import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "falco",
  title: "Runtime security (Falco)",
  panels: [
    {
      title: "Events in an hour by priority",
      lines: {
        "{{priority_raw}}": "sum by (priority_raw) (increase(falcosecurity_falcosidekick_falco_events_total[1h]))",
      },
    },
    {
      title: "Events in an hour by rule",
      lines: { "{{rule}}": "topk(10, sum by (rule) (increase(falcosecurity_falcosidekick_falco_events_total[1h])))" },
    },
    {
      title: "Dropped events",
      unit: "percentunit",
      lines: {
        "{{instance}}": "rate(falcosecurity_scap_n_drops_total[5m]) / rate(falcosecurity_scap_n_evts_total[5m])",
      },
    },
    {
      title: "Delivery",
      unit: "ops",
      lines: {
        "{{destination}} {{status}}":
          "sum by (destination, status) (rate(falcosecurity_falcosidekick_outputs_total[5m]))",
      },
    },
  ],
};
