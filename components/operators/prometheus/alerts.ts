import type { AlertGroup } from "../../monitoring/alert";

const jobs = ["apiserver", "kubelet", "kube-state-metrics"];

export const alerts: AlertGroup = {
  name: "prometheus",
  alerts: () => [
    {
      alert: "ClusterMetricsMissing",
      // Most other alerts rest on these: without them they would not fire but fall silent.
      expr: jobs.map((job) => `absent(up{job="${job}"})`).join(" or "),
      for: "15m",
      severity: "critical",
      summary: "Prometheus has no target {{ $labels.job }}: alerts about it are silent",
      fires: { series: { 'up{job="apiserver"}': "1x60", 'up{job="kube-state-metrics"}': "1x60" }, at: "30m" },
      quiet: {
        series: Object.fromEntries(jobs.map((job) => [`up{job="${job}"}`, "1x60"])),
        at: "30m",
      },
    },
  ],
};
