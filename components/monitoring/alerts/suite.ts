import { ROUTER_JOB } from "../../operators/edge/place";
import { anyOf, onAny, type Alert, type AlertFacts, type AlertGroup } from "../alert";

/**
 * MijnBureau ships PrometheusRules without a single rule; these are its first alerts. They rest on what every app has
 * (kube-state-metrics, cAdvisor, the kubelet, the router), and on the exporters of those that have one.
 */
function workloads({ apps }: AlertFacts): Alert[] {
  const inSuite = `namespace=~"${anyOf(apps)}"`;
  const ns = `namespace="${apps[0] ?? "none"}"`;
  return [
    {
      alert: "SuiteWorkloadDown",
      expr:
        `(kube_deployment_status_replicas_available{job="kube-state-metrics",${inSuite}} == 0) and on (namespace, deployment) (kube_deployment_spec_replicas{job="kube-state-metrics",${inSuite}} > 0) ` +
        `or (kube_statefulset_status_replicas_ready{job="kube-state-metrics",${inSuite}} == 0) and on (namespace, statefulset) (kube_statefulset_replicas{job="kube-state-metrics",${inSuite}} > 0)`,
      for: "5m",
      severity: "critical",
      summary: "{{ $labels.namespace }}: no pod of {{ $labels.deployment }}{{ $labels.statefulset }} is available",
      fires: {
        series: {
          [`kube_deployment_status_replicas_available{job="kube-state-metrics",${ns},deployment="a"}`]: "0x30",
          [`kube_deployment_spec_replicas{job="kube-state-metrics",${ns},deployment="a"}`]: "2x30",
        },
        at: "10m",
      },
      alsoFires: [
        {
          series: {
            [`kube_statefulset_status_replicas_ready{job="kube-state-metrics",${ns},statefulset="a"}`]: "0x30",
            [`kube_statefulset_replicas{job="kube-state-metrics",${ns},statefulset="a"}`]: "2x30",
          },
          at: "10m",
        },
      ],
      quiet: {
        series: {
          [`kube_deployment_status_replicas_available{job="kube-state-metrics",${ns},deployment="a"}`]: "0x30",
          [`kube_deployment_spec_replicas{job="kube-state-metrics",${ns},deployment="a"}`]: "0x30",
        },
        at: "10m",
      },
    },
    {
      alert: "SuiteAutoscalerAtMaximum",
      expr:
        `kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics",${inSuite}} ` +
        `>= on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas{job="kube-state-metrics",${inSuite}} > 1`,
      for: "30m",
      severity: "warning",
      summary: "{{ $labels.namespace }}: {{ $labels.horizontalpodautoscaler }} cannot scale any further",
      fires: {
        series: {
          [`kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics",${ns},horizontalpodautoscaler="a"}`]:
            "3x60",
          [`kube_horizontalpodautoscaler_spec_max_replicas{job="kube-state-metrics",${ns},horizontalpodautoscaler="a"}`]:
            "3x60",
        },
        at: "45m",
      },
      quiet: {
        series: {
          [`kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics",${ns},horizontalpodautoscaler="a"}`]:
            "2x60",
          [`kube_horizontalpodautoscaler_spec_max_replicas{job="kube-state-metrics",${ns},horizontalpodautoscaler="a"}`]:
            "3x60",
        },
        at: "45m",
      },
    },
    {
      alert: "SuiteCpuThrottled",
      expr:
        `sum by (namespace, pod, container) (rate(container_cpu_cfs_throttled_periods_total{job="kubelet",${inSuite},container!=""}[10m])) ` +
        `/ sum by (namespace, pod, container) (rate(container_cpu_cfs_periods_total{job="kubelet",${inSuite},container!=""}[10m])) > 0.5`,
      for: "30m",
      severity: "warning",
      summary: "{{ $labels.namespace }}/{{ $labels.pod }} waits for its CPU limit half of the time",
      fires: {
        series: {
          [`container_cpu_cfs_throttled_periods_total{job="kubelet",${ns},pod="a",container="c"}`]: "0+60x90",
          [`container_cpu_cfs_periods_total{job="kubelet",${ns},pod="a",container="c"}`]: "0+100x90",
        },
        at: "60m",
      },
      quiet: {
        series: {
          [`container_cpu_cfs_throttled_periods_total{job="kubelet",${ns},pod="a",container="c"}`]: "0+10x90",
          [`container_cpu_cfs_periods_total{job="kubelet",${ns},pod="a",container="c"}`]: "0+100x90",
        },
        at: "60m",
      },
    },
    {
      alert: "SuiteMemoryNearLimit",
      expr:
        `max by (namespace, pod, container) (container_memory_working_set_bytes{job="kubelet",${inSuite},container!=""}) ` +
        `/ max by (namespace, pod, container) (kube_pod_container_resource_limits{job="kube-state-metrics",${inSuite},resource="memory"}) > 0.95`,
      for: "15m",
      severity: "warning",
      summary: "{{ $labels.namespace }}/{{ $labels.pod }} is about to be killed for its memory limit",
      fires: {
        series: {
          [`container_memory_working_set_bytes{job="kubelet",${ns},pod="a",container="c"}`]: "98x60",
          [`kube_pod_container_resource_limits{job="kube-state-metrics",${ns},pod="a",container="c",resource="memory"}`]:
            "100x60",
        },
        at: "30m",
      },
      quiet: {
        series: {
          [`container_memory_working_set_bytes{job="kubelet",${ns},pod="a",container="c"}`]: "60x60",
          [`kube_pod_container_resource_limits{job="kube-state-metrics",${ns},pod="a",container="c",resource="memory"}`]:
            "100x60",
        },
        at: "30m",
      },
    },
    {
      alert: "SuiteVolumeFilling",
      expr: `kubelet_volume_stats_available_bytes{job="kubelet",${inSuite}} / kubelet_volume_stats_capacity_bytes{job="kubelet",${inSuite}} < 0.1`,
      for: "15m",
      severity: "critical",
      summary:
        "{{ $labels.namespace }}: volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left",
      fires: {
        series: {
          [`kubelet_volume_stats_available_bytes{job="kubelet",${ns},persistentvolumeclaim="a"}`]: "5x60",
          [`kubelet_volume_stats_capacity_bytes{job="kubelet",${ns},persistentvolumeclaim="a"}`]: "100x60",
        },
        at: "30m",
      },
      quiet: {
        series: {
          [`kubelet_volume_stats_available_bytes{job="kubelet",${ns},persistentvolumeclaim="a"}`]: "50x60",
          [`kubelet_volume_stats_capacity_bytes{job="kubelet",${ns},persistentvolumeclaim="a"}`]: "100x60",
        },
        at: "30m",
      },
    },
    {
      alert: "SuiteTargetDown",
      expr: `up{${inSuite}} == 0`,
      for: "10m",
      severity: "warning",
      summary: "{{ $labels.namespace }}: metrics of {{ $labels.job }} cannot be read",
      fires: { series: { [`up{${ns},job="a"}`]: "0x30" }, at: "20m" },
      quiet: { series: { [`up{${ns},job="a"}`]: "1x30" }, at: "20m" },
    },
  ];
}

/**
 * OpenShift's router has the namespace as a label. It counts by server; above 500 servers it counts by backend instead
 * (openshift/router, pkg/router/metrics/haproxy/haproxy.go, `ServerThreshold`).
 */
function haproxyErrors(apps: readonly string[], by: "backend" | "server") {
  const responses = `haproxy_${by}_http_responses_total`;
  const rate = (also: string) =>
    `sum by (exported_namespace, route) (rate(${responses}{namespace="openshift-ingress",exported_namespace=~"${anyOf(apps)}"${also}}[5m]))`;
  const sample = `namespace="openshift-ingress",exported_namespace="${apps[0] ?? "none"}",route="web"`;
  return {
    expr: `${rate(',code="5xx"')} / ${rate("")} > 0.05`,
    fires: {
      series: { [`${responses}{${sample},code="5xx"}`]: "0+10x60", [`${responses}{${sample},code="2xx"}`]: "0+90x60" },
      at: "30m",
    },
  };
}

/** Traefik names a service `<namespace>-<service>-<port>@kubernetes`. */
function router({ apps, sources }: AlertFacts): Alert[] {
  const service = `job="${ROUTER_JOB}",service=~"(${anyOf(apps)})-.+"`;
  const sample = `job="${ROUTER_JOB}",service="${apps[0] ?? "none"}-web-80@kubernetes"`;
  const requests = "traefik_service_requests_total";
  const seconds = "traefik_service_request_duration_seconds_bucket";
  return [
    ...onAny(sources, {
      alert: "SuiteErrorRate",
      queries: [
        {
          expr: `sum by (service) (rate(${requests}{${service},code=~"5.."}[5m])) / sum by (service) (rate(${requests}{${service}}[5m])) > 0.05`,
          fires: {
            series: {
              [`${requests}{${sample},code="502"}`]: "0+10x60",
              [`${requests}{${sample},code="200"}`]: "0+90x60",
            },
            at: "30m",
          },
        },
        haproxyErrors(apps, "server"),
        haproxyErrors(apps, "backend"),
      ],
      for: "10m",
      severity: "critical",
      summary: "{{ $value | humanizePercentage }} of the requests to {{ $labels.service }}{{ $labels.route }} fail",
      quiet: {
        series: { [`${requests}{${sample},code="502"}`]: "0+1x60", [`${requests}{${sample},code="200"}`]: "0+99x60" },
        at: "30m",
      },
    }),
    {
      alert: "SuiteSlow",
      expr: `histogram_quantile(0.95, sum by (service, le) (rate(${seconds}{${service},protocol!="websocket"}[10m]))) > 2`,
      for: "15m",
      severity: "warning",
      summary: "{{ $labels.service }} takes {{ $value | humanizeDuration }} for one request in twenty",
      fires: {
        series: {
          [`${seconds}{${sample},le="1"}`]: "0x60",
          [`${seconds}{${sample},le="5"}`]: "0+60x60",
          [`${seconds}{${sample},le="+Inf"}`]: "0+60x60",
        },
        at: "40m",
      },
      quiet: {
        series: { [`${seconds}{${sample},le="1"}`]: "0+60x60", [`${seconds}{${sample},le="+Inf"}`]: "0+60x60" },
        at: "40m",
      },
    },
    {
      alert: "PublicCertificateExpiring",
      expr: `min by (cn, sans) (traefik_tls_certs_not_after{job="${ROUTER_JOB}"}) - time() < 14 * 86400`,
      for: "1h",
      severity: "critical",
      summary: "The certificate of {{ $labels.cn }} expires in {{ $value | humanizeDuration }}",
      fires: { series: { [`traefik_tls_certs_not_after{job="${ROUTER_JOB}",cn="a"}`]: "864000x120" }, at: "90m" },
      quiet: { series: { [`traefik_tls_certs_not_after{job="${ROUTER_JOB}",cn="a"}`]: "5184000x120" }, at: "90m" },
    },
  ];
}

function exporters({ apps, sources }: AlertFacts): Alert[] {
  const inSuite = `namespace=~"${anyOf(apps)}"`;
  const ns = `namespace="${apps[0] ?? "none"}"`;
  return [
    ...onAny(sources, {
      alert: "DatabaseDown",
      queries: ["pg_up", "redis_up", "nextcloud_up"].map((up) => ({
        expr: `${up}{${inSuite}} == 0`,
        fires: { series: { [`${up}{${ns},job="a"}`]: "0x30" }, at: "10m" },
      })),
      for: "5m",
      severity: "critical",
      summary: "{{ $labels.namespace }}: {{ $labels.job }} cannot reach its database or app",
      quiet: { series: { [`pg_up{${ns},job="db"}`]: "1x30", [`redis_up{${ns},job="redis"}`]: "1x30" }, at: "10m" },
    }),
    {
      alert: "DatabaseConnectionsNearLimit",
      expr: `sum by (namespace, instance) (pg_stat_activity_count{${inSuite}}) / max by (namespace, instance) (pg_settings_max_connections{${inSuite}}) > 0.8`,
      for: "10m",
      severity: "warning",
      summary: "{{ $labels.namespace }}: PostgreSQL uses {{ $value | humanizePercentage }} of its connections",
      fires: {
        series: {
          [`pg_stat_activity_count{${ns},instance="a"}`]: "90x30",
          [`pg_settings_max_connections{${ns},instance="a"}`]: "100x30",
        },
        at: "20m",
      },
      quiet: {
        series: {
          [`pg_stat_activity_count{${ns},instance="a"}`]: "20x30",
          [`pg_settings_max_connections{${ns},instance="a"}`]: "100x30",
        },
        at: "20m",
      },
    },
    {
      alert: "ObjectStoreFilling",
      expr: `minio_cluster_capacity_usable_free_bytes{${inSuite}} / minio_cluster_capacity_usable_total_bytes{${inSuite}} < 0.1`,
      for: "15m",
      severity: "critical",
      summary: "{{ $labels.namespace }}: the object store has {{ $value | humanizePercentage }} left",
      fires: {
        series: {
          [`minio_cluster_capacity_usable_free_bytes{${ns}}`]: "5x30",
          [`minio_cluster_capacity_usable_total_bytes{${ns}}`]: "100x30",
        },
        at: "20m",
      },
      quiet: {
        series: {
          [`minio_cluster_capacity_usable_free_bytes{${ns}}`]: "50x30",
          [`minio_cluster_capacity_usable_total_bytes{${ns}}`]: "100x30",
        },
        at: "20m",
      },
    },
  ];
}

export const suite: AlertGroup = {
  name: "suite",
  alerts: (facts) => [...workloads(facts), ...router(facts), ...exporters(facts)],
};
