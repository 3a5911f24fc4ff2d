import type { AlertGroup } from "../../monitoring/alert";
import { FAILED_CHECKS } from "./results";

/** As Alloy is scraped: an app that has a metric of this name has it in its own namespace. */
const results = `${FAILED_CHECKS}{namespace="log-agents"}`;

/** The worst node of each kind, in the runs of a day. The label `component` of an alert is what raises it. */
const worst = (offset: string): string =>
  `max by (nodes) (label_replace(max_over_time(${results}[26h]${offset}), "nodes", "$1", "component", "(.*)"))`;

/** Installed for so long that two nightly runs have been. */
const established = 'time() - max(kube_cronjob_created{namespace="compliance"}) > 50 * 3600';

const run = (pod: string): string => `${FAILED_CHECKS}{namespace="log-agents",component="node",exported_pod="${pod}"}`;
const cronJob = 'kube_cronjob_created{namespace="compliance",cronjob="kube-bench-node"}';

export const alerts: AlertGroup = {
  name: "kube-bench",
  alerts: () => [
    {
      alert: "KubeBenchRegression",
      expr: `${worst("")} > ${worst(" offset 24h")}`,
      for: "10m",
      severity: "warning",
      summary: "More CIS benchmark checks fail on {{ $labels.nodes }} nodes than yesterday",
      fires: { series: { [run("a")]: "3x15", [run("b")]: "_x1440 4x15" }, at: "1500m" },
      quiet: { series: { [run("a")]: "3x15", [run("b")]: "_x1440 3x15" }, at: "1500m" },
    },
    {
      alert: "KubeBenchMissing",
      expr: `absent_over_time(${results}[50h]) and on () (${established})`,
      for: "30m",
      severity: "warning",
      summary: "No CIS benchmark result for two days",
      fires: { series: { [cronJob]: "0x3300" }, at: "3300m" },
      quiet: { series: { [cronJob]: "0x3300", [run("a")]: "_x400 3x15" }, at: "3300m" },
    },
  ],
};
