import type { AlertGroup } from "../../monitoring/alert";

export const alerts: AlertGroup = {
  name: "falco",
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
      alsoFires: [
        {
          series: { 'falcosecurity_falco_outputs_queue_num_drops_total{namespace="falco",instance="a"}': "0+10x60" },
          at: "30m",
        },
      ],
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
