import type { AlertGroup } from "../alert";

const urgent =
  'falcosecurity_falcosidekick_falco_events_total{namespace="falcosidekick",priority_raw=~"critical|alert|emergency"}';

export const falcosidekick: AlertGroup = {
  name: "falcosidekick",
  operator: "falcosidekick",
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

export const falco: AlertGroup = {
  name: "falco",
  operator: "falco",
  alerts: () => [
    {
      alert: "FalcoDropsEvents",
      expr:
        'rate(falcosecurity_scap_n_drops_total{namespace="falco"}[5m]) / rate(falcosecurity_scap_n_evts_total{namespace="falco"}[5m]) > 0.01 ' +
        'or increase(falcosecurity_falco_outputs_queue_num_drops_total{namespace="falco"}[10m]) > 0',
      for: "10m",
      severity: "warning",
      summary: "Falco on {{ $labels.instance }} misses events",
      fires: {
        series: {
          'falcosecurity_scap_n_drops_total{namespace="falco",instance="a"}': "0+10x60",
          'falcosecurity_scap_n_evts_total{namespace="falco",instance="a"}': "0+100x60",
        },
        at: "30m",
      },
      quiet: {
        series: {
          'falcosecurity_scap_n_drops_total{namespace="falco",instance="a"}': "0x60",
          'falcosecurity_scap_n_evts_total{namespace="falco",instance="a"}': "0+100x60",
          'falcosecurity_falco_outputs_queue_num_drops_total{namespace="falco",instance="a"}': "3x60",
        },
        at: "30m",
      },
    },
  ],
};
