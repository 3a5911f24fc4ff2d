import type { AlertGroup } from "../../monitoring/alert";
import { FAILURES, RUNS } from "./results";

/** As Alloy is scraped: an app that has a metric of this name has it in its own namespace. */
const AT = 'namespace="log-agents"';

/**
 * What there was in the runs of a day, by these labels. The label `component` of an alert is what raises it: that of a
 * result, the kind of node, is called `nodes`.
 */
const seen = (metric: string, by: string, offset = ""): string =>
  `group by (${by}) (label_replace(max_over_time(${metric}{${AT}}[26h]${offset}), "nodes", "$1", "component", "(.*)"))`;

const now = seen(FAILURES, "nodes, node, test");
const before = (metric: string, by: string): string => seen(metric, by, " offset 24h");

/** Fails on a node that was checked yesterday and did not fail there then. */
const onKnownNode = `${now} unless on (node, test) ${before(FAILURES, "node, test")} and on (node) ${before(RUNS, "node")}`;
/** Fails on a node that is new, and failed on no other of its kind. */
const onNewNode =
  `${now} unless on (node) ${before(RUNS, "node")} unless on (nodes, test) ${before(FAILURES, "nodes, test")} ` +
  `and on (nodes) ${before(RUNS, "nodes")}`;

/** Two nightly runs, and two hours for them to be scraped. */
const TWO_RUNS = "50h";
const longAgo = "time() - 50 * 3600";
/** Installed for so long that two nightly runs have been. */
const established = `max(kube_cronjob_created{namespace="compliance"}) < ${longAgo}`;

const failure = (node: string, test: string): string =>
  `${FAILURES}{${AT},component="node",node="${node}",test="${test}"}`;
const run = (node: string): string => `${RUNS}{${AT},component="node",node="${node}"}`;
const cronJob = 'kube_cronjob_created{namespace="compliance",cronjob="kube-bench-node"}';
const created = (node: string): string => `kube_node_created{job="kube-state-metrics",node="${node}"}`;
const info = (node: string): string => `kube_node_info{job="kube-state-metrics",node="${node}",os_image="Talos"}`;

export const alerts: AlertGroup = {
  name: "kube-bench",
  alerts: () => [
    {
      alert: "KubeBenchRegression",
      expr: `count by (nodes, test) (${onKnownNode} or ${onNewNode})`,
      for: "10m",
      severity: "warning",
      summary:
        "CIS check {{ $labels.test }} fails on {{ $value }} nodes (kind: {{ $labels.nodes }}) where it did not yesterday",
      // As many fail as yesterday, but not the same.
      fires: {
        series: {
          [run("a")]: "1x15 _x1425 1x15",
          [failure("a", "4.1.1")]: "1x15",
          [failure("a", "4.2.6")]: "_x1440 1x15",
        },
        at: "1500m",
      },
      quiet: { series: { [run("a")]: "1x15 _x1425 1x15", [failure("a", "4.1.1")]: "1x15 _x1425 1x15" }, at: "1500m" },
    },
    {
      alert: "KubeBenchMissing",
      expr: `absent_over_time(${RUNS}{${AT}}[${TWO_RUNS}]) and on () (${established})`,
      for: "30m",
      severity: "warning",
      summary: "No CIS benchmark result for two days",
      fires: { series: { [cronJob]: "0x3300" }, at: "3300m" },
      quiet: { series: { [cronJob]: "0x3300", [run("a")]: "_x400 1x15" }, at: "3300m" },
    },
    {
      alert: "KubeBenchNodeUnchecked",
      expr:
        `(kube_node_created{job="kube-state-metrics"} < ${longAgo}) ` +
        'and on (node) kube_node_info{job="kube-state-metrics",os_image!~"Windows.*"} ' +
        `unless on (node) max_over_time(${RUNS}{${AT}}[${TWO_RUNS}]) and on () (${established})`,
      for: "30m",
      severity: "warning",
      summary: "Node {{ $labels.node }} has no CIS benchmark result for two days",
      fires: {
        series: { [cronJob]: "0x3300", [run("a")]: "_x400 1x15", [created("b")]: "0x3300", [info("b")]: "1x3300" },
        at: "3300m",
      },
      quiet: {
        series: { [cronJob]: "0x3300", [run("a")]: "_x400 1x15", [created("a")]: "0x3300", [info("a")]: "1x3300" },
        at: "3300m",
      },
    },
  ],
};
