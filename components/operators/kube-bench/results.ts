import type { Counted } from "../alloy/counted";

export const FAILED_CHECKS = "platform_kube_bench_failed_checks";

/** kube-bench has no metrics: this is read from the JSON that it prints, one line for each run on a node. */
export const kubeBenchResults: Counted = {
  labels: { namespace: "compliance", container: "kube-bench" },
  metric: FAILED_CHECKS,
  description: "Checks of the CIS benchmark that failed in a run on a node.",
  keep: ["pod", "component"],
  number: "Totals.total_fail",
  // Long enough to be scraped; a result of last night must not stand beside tonight's.
  idle: "15m",
};
