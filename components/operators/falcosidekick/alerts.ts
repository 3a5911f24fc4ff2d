import type { AlertGroup } from "../../monitoring/alert";

const urgent =
  'falcosecurity_falcosidekick_falco_events_total{namespace="falcosidekick",priority_raw=~"critical|alert|emergency"}';

export const alerts: AlertGroup = {
  name: "falcosidekick",
  alerts: () => [
    {
      alert: "FalcoCriticalEvent",
      // The first event of a rule makes its series: there is nothing yet from which it could have increased.
      expr: `sum by (rule) (increase(${urgent}[5m])) > 0 or sum by (rule) (${urgent} unless ${urgent} offset 5m) > 0`,
      severity: "critical",
      summary: "Falco saw: {{ $labels.rule }}",
      fires: {
        series: {
          'falcosecurity_falcosidekick_falco_events_total{namespace="falcosidekick",priority_raw="critical",rule="Shell"}':
            "_x5 1x20",
        },
        at: "7m",
      },
      quiet: {
        series: {
          'falcosecurity_falcosidekick_falco_events_total{namespace="falcosidekick",priority_raw="notice",rule="Shell"}':
            "0+1x20",
        },
        at: "7m",
      },
    },
    {
      alert: "FalcoEventsNotForwarded",
      expr: 'sum by (destination) (rate(falcosecurity_falcosidekick_outputs_total{namespace="falcosidekick",status="error"}[10m])) > 0',
      for: "15m",
      severity: "warning",
      summary: "Events of Falco do not reach {{ $labels.destination }}",
      fires: {
        series: {
          'falcosecurity_falcosidekick_outputs_total{namespace="falcosidekick",destination="loki",status="error"}':
            "0+1x60",
        },
        at: "40m",
      },
      quiet: {
        series: {
          'falcosecurity_falcosidekick_outputs_total{namespace="falcosidekick",destination="loki",status="ok"}':
            "0+1x60",
        },
        at: "40m",
      },
    },
  ],
};
