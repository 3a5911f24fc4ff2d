import type { AlertGroup } from "../../monitoring/alert";

/** By policy, within an hour. An error refuses as well: every policy of the platform fails closed. */
const refused = (kind: string): string =>
  `sum by (policy_name) (increase(kyverno_${kind}_policy_results_total{namespace="kyverno",result=~"fail|error"}[1h]))`;

export const alerts: AlertGroup = {
  name: "kyverno",
  alerts: () => [
    {
      alert: "KyvernoDown",
      expr: 'absent(up{namespace="kyverno",job="kyverno-svc-metrics"} == 1)',
      for: "5m",
      severity: "critical",
      summary: "No replica of Kyverno's admission controller answers: workloads are refused",
      fires: { series: { 'up{namespace="kyverno",job="kyverno-svc-metrics"}': "0x30" }, at: "10m" },
      quiet: { series: { 'up{namespace="kyverno",job="kyverno-svc-metrics"}': "1x30" }, at: "10m" },
    },
    {
      alert: "KyvernoSlow",
      expr: 'histogram_quantile(0.99, sum by (le) (rate(kyverno_admission_review_duration_seconds_bucket{namespace="kyverno"}[5m]))) > 1',
      for: "10m",
      severity: "warning",
      summary: "Kyverno takes {{ $value | humanizeDuration }} for the slowest admission reviews",
      fires: {
        series: {
          'kyverno_admission_review_duration_seconds_bucket{namespace="kyverno",le="1"}': "0x60",
          'kyverno_admission_review_duration_seconds_bucket{namespace="kyverno",le="5"}': "0+60x60",
          'kyverno_admission_review_duration_seconds_bucket{namespace="kyverno",le="+Inf"}': "0+60x60",
        },
        at: "30m",
      },
      quiet: {
        series: {
          'kyverno_admission_review_duration_seconds_bucket{namespace="kyverno",le="1"}': "0+60x60",
          'kyverno_admission_review_duration_seconds_bucket{namespace="kyverno",le="+Inf"}': "0+60x60",
        },
        at: "30m",
      },
    },
    {
      alert: "KyvernoDenialsRising",
      // A pod whose image is refused is tried ever more rarely: some twenty times in the first hour.
      expr: `${refused("validating")} > 20 or ${refused("image_validating")} > 5`,
      for: "15m",
      severity: "warning",
      summary: "Policy {{ $labels.policy_name }} refused {{ $value | humanize }} times within an hour",
      fires: {
        series: {
          'kyverno_image_validating_policy_results_total{namespace="kyverno",result="error",policy_name="images"}':
            "0x10 0+1x10 10x100",
        },
        at: "40m",
      },
      alsoFires: [
        {
          series: {
            'kyverno_validating_policy_results_total{namespace="kyverno",result="fail",policy_name="exceptions"}':
              "0x10 0+1x100",
          },
          at: "70m",
        },
      ],
      quiet: {
        series: {
          'kyverno_validating_policy_results_total{namespace="kyverno",result="fail",policy_name="exceptions"}':
            "0x10 0+1x10 10x100",
          'kyverno_image_validating_policy_results_total{namespace="kyverno",result="pass",policy_name="images"}':
            "0+1x120",
        },
        at: "40m",
      },
    },
    {
      alert: "KyvernoReportsFilling",
      expr:
        'max(apiserver_resource_objects{job="apiserver",group="reports.kyverno.io",resource="ephemeralreports"}) > 10000 ' +
        'or max(apiserver_storage_objects{job="apiserver",resource="ephemeralreports.reports.kyverno.io"}) > 10000',
      for: "15m",
      severity: "critical",
      summary: "{{ $value | humanize }} ephemeral reports fill etcd: the API server becomes read-only when it is full",
      fires: {
        series: {
          'apiserver_resource_objects{job="apiserver",group="reports.kyverno.io",resource="ephemeralreports"}':
            "20000x60",
        },
        at: "30m",
      },
      alsoFires: [
        {
          series: {
            'apiserver_storage_objects{job="apiserver",resource="ephemeralreports.reports.kyverno.io"}': "20000x60",
          },
          at: "30m",
        },
      ],
      quiet: {
        series: {
          'apiserver_resource_objects{job="apiserver",group="reports.kyverno.io",resource="ephemeralreports"}':
            "200x60",
        },
        at: "30m",
      },
    },
    {
      alert: "KyvernoDropsWork",
      expr:
        'sum by (job) (increase(kyverno_controller_drop_total{namespace="kyverno"}[15m])) > 0 ' +
        'or sum by (job) (increase(kyverno_breaker_drops_total{namespace="kyverno"}[15m])) > 0',
      severity: "warning",
      summary: "Kyverno ({{ $labels.job }}) gives up on objects: reports and generated objects are incomplete",
      fires: { series: { 'kyverno_controller_drop_total{namespace="kyverno",job="reports"}': "0+1x60" }, at: "30m" },
      alsoFires: [
        { series: { 'kyverno_breaker_drops_total{namespace="kyverno",job="reports"}': "0+1x60" }, at: "30m" },
      ],
      quiet: { series: { 'kyverno_controller_drop_total{namespace="kyverno",job="reports"}': "5x60" }, at: "30m" },
    },
  ],
};
