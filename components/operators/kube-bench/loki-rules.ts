import { stringify } from "yaml";
import { runbookLink } from "../../monitoring/alert";

const logs = '{namespace="compliance", container="kube-bench"}';
const failures = (offset: string): string =>
  `max by (component) (max_over_time(${logs} | json total_fail="Totals.total_fail" | total_fail != "" | unwrap total_fail | __error__="" [26h]${offset}))`;

/**
 * Rules of Loki's ruler over the JSON that kube-bench prints: the number of failed checks as a metric, and an alert when
 * it grows. kube-bench itself has no metrics.
 */
export const kubeBenchRules = (runbooks: string) =>
  ({
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
              ...runbookLink("KubeBenchRegression", runbooks),
            },
          },
          {
            alert: "KubeBenchMissing",
            expr: `absent_over_time(${logs} [50h])`,
            for: "30m",
            labels: { severity: "warning" },
            annotations: {
              summary: "No CIS benchmark result for two days",
              ...runbookLink("KubeBenchMissing", runbooks),
            },
          },
        ],
      },
    ],
  }) as const;

export const kubeBenchRuleFile = (runbooks: string): string => stringify(kubeBenchRules(runbooks), { lineWidth: 0 });
