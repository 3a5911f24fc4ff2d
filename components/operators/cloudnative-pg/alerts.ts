import type { AlertGroup } from "../../monitoring/alert";

const operator = 'job="cnpg-system/cloudnative-pg",namespace="cnpg-system"';

export const alerts: AlertGroup = {
  name: "cloudnative-pg",
  alerts: () => [
    {
      alert: "DatabaseOperatorFailing",
      expr: `sum by (namespace, controller) (rate(controller_runtime_reconcile_errors_total{${operator}}[15m])) > 0.05`,
      for: "30m",
      severity: "warning",
      summary: "CloudNativePG's controller {{ $labels.controller }} keeps failing: databases are not looked after",
      fires: {
        series: { [`controller_runtime_reconcile_errors_total{${operator},controller="cluster"}`]: "0+10x90" },
        at: "60m",
      },
      quiet: {
        series: { [`controller_runtime_reconcile_errors_total{${operator},controller="cluster"}`]: "5x90" },
        at: "60m",
      },
    },
  ],
};
