import type { Counted } from "../alloy/counted";

export const FAILURES = "platform_kube_bench_failures_total";
export const RUNS = "platform_kube_bench_runs_total";

const of = { namespace: "compliance", container: "kube-bench" };
/** Long enough to be scraped; a result of last night must not stand beside tonight's. */
const idle = "15m";

/** kube-bench has no metrics: these are read from what it prints (its cmd/common.go, `prettyPrint` and `printSummary`). */
export const kubeBenchResults: readonly Counted[] = [
  {
    labels: of,
    contains: "[FAIL] ",
    metric: FAILURES,
    description: "Checks of the CIS benchmark that failed on a node, by their number.",
    keep: ["component", "node"],
    label: { name: "test", pattern: "^\\[FAIL\\] (?P<test>[0-9]+(?:\\.[0-9]+)+) " },
    idle,
  },
  {
    labels: of,
    contains: "== Summary total ==",
    metric: RUNS,
    description: "Runs of the CIS benchmark on a node that came to their end.",
    keep: ["component", "node"],
    idle,
  },
];
