import { anyOf } from "../alert";
import type { Dashboard } from "./dashboard";

/** Whether the suite works, by what every app has, and by what the router sees. */
export function overviewDashboards(apps: readonly string[]): Dashboard[] {
  const inSuite = `namespace=~"${anyOf(apps)}"`;
  const service = `service=~"(${anyOf(apps)})-.+"`;
  return [
    {
      name: "suite",
      title: "MijnBureau: overview",
      panels: [
        {
          title: "Workloads without any pod",
          lines: {
            "{{namespace}}": `count by (namespace) (kube_deployment_status_replicas_available{${inSuite}} == 0 and on (namespace, deployment) kube_deployment_spec_replicas{${inSuite}} > 0)`,
          },
        },
        {
          title: "Requests",
          unit: "reqps",
          lines: { "{{service}}": `topk(15, sum by (service) (rate(traefik_service_requests_total{${service}}[5m])))` },
        },
        {
          title: "Share of server errors",
          unit: "percentunit",
          lines: {
            "{{service}}": `sum by (service) (rate(traefik_service_requests_total{${service},code=~"5.."}[5m])) / sum by (service) (rate(traefik_service_requests_total{${service}}[5m]))`,
          },
        },
        {
          title: "Duration of one request in twenty",
          unit: "s",
          lines: {
            "{{service}}": `histogram_quantile(0.95, sum by (service, le) (rate(traefik_service_request_duration_seconds_bucket{${service}}[5m])))`,
          },
        },
        {
          title: "CPU",
          lines: {
            "{{namespace}}": `sum by (namespace) (rate(container_cpu_usage_seconds_total{${inSuite},container!=""}[5m]))`,
          },
        },
        {
          title: "Memory",
          unit: "bytes",
          lines: {
            "{{namespace}}": `sum by (namespace) (container_memory_working_set_bytes{${inSuite},container!=""})`,
          },
        },
        {
          title: "Space left on volumes",
          unit: "percentunit",
          lines: {
            "{{namespace}}/{{persistentvolumeclaim}}": `kubelet_volume_stats_available_bytes{${inSuite}} / kubelet_volume_stats_capacity_bytes{${inSuite}}`,
          },
        },
        {
          title: "Restarts in an hour",
          lines: {
            "{{namespace}}/{{pod}}": `sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total{${inSuite}}[1h])) > 0`,
          },
        },
      ],
    },
    {
      name: "platform",
      title: "Platform: overview",
      panels: [
        {
          title: "Alerts that fire",
          lines: { "{{severity}}": 'count by (severity) (ALERTS{alertstate="firing",alertname!="Watchdog"})' },
        },
        {
          title: "Violations of rules in an hour",
          lines: {
            "{{policy}}":
              'sum by (policy) (increase(apiserver_validating_admission_policy_check_total{enforcement_action=~"deny|audit|warn"}[1h])) > 0',
          },
        },
        {
          title: "Node agents not ready",
          lines: {
            "{{namespace}}/{{daemonset}}":
              "kube_daemonset_status_desired_number_scheduled - on (namespace, daemonset) kube_daemonset_status_number_ready",
          },
        },
        {
          title: "Most frequent objects in etcd",
          lines: { "{{group}}/{{resource}}": "topk(10, max by (group, resource) (apiserver_resource_objects))" },
        },
      ],
    },
  ];
}
