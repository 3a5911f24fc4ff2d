import { stringify } from "yaml";

const logs = '{namespace="compliance", container="kube-bench"}';
const failures = (offset: string): string =>
  `max by (component) (max_over_time(${logs} | json total_fail="Totals.total_fail" | total_fail != "" | unwrap total_fail | __error__="" [26h]${offset}))`;

/**
 * Rules of Loki's ruler over the JSON that kube-bench prints: the number of failed checks as a metric, and an alert when
 * it grows. kube-bench itself has no metrics.
 */
export const kubeBenchRules = {
  groups: [
    {
      name: "kube-bench",
      interval: "5m",
      rules: [
        { record: "kube_bench:failed_checks:max", expr: failures("") },
        {
          alert: "KubeBenchRegression",
          expr: `${failures("")} > ${failures(" offset 24h")}`,
          for: "10m",
          labels: { severity: "warning" },
          annotations: {
            summary: "More CIS benchmark checks fail on {{ $labels.component }} nodes than yesterday",
            runbook: "docs/runbooks/kube-bench-regression.md",
          },
        },
        {
          alert: "KubeBenchMissing",
          expr: `absent_over_time(${logs} [50h])`,
          for: "30m",
          labels: { severity: "warning" },
          annotations: {
            summary: "No CIS benchmark result for two days",
            runbook: "docs/runbooks/kube-bench-missing.md",
          },
        },
      ],
    },
  ],
} as const;

export const kubeBenchRuleFile: string = stringify(kubeBenchRules, { lineWidth: 0 });
