import type { AlertGroup } from "../../monitoring/alert";

const requests = 'loki_request_duration_seconds_count{namespace="logging"';

export const alerts: AlertGroup = {
  name: "loki",
  alerts: () => [
    {
      alert: "LogStoreErrors",
      expr: `sum(rate(${requests},status_code=~"5.."}[5m])) / sum(rate(${requests}}[5m])) > 0.05`,
      for: "15m",
      severity: "critical",
      summary: "{{ $value | humanizePercentage }} of the log store's requests fail",
      fires: {
        series: {
          [`${requests},status_code="500"}`]: "0+1x60",
          [`${requests},status_code="204"}`]: "0+1x60",
        },
        at: "30m",
      },
      quiet: { series: { [`${requests},status_code="204"}`]: "0+1x60" }, at: "30m" },
    },
  ],
};
