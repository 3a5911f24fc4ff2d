import { anyOf, type AlertGroup } from "../alert";

const agents = 'namespace=~"falco|monitoring-node|log-agents-node|velero|kata-system"';
const vap = "apiserver_validating_admission_policy_check_total";
const webhook = "apiserver_admission_webhook_rejection_count";
const restarts = "kube_pod_container_status_restarts_total";
const terminated = "kube_pod_container_status_last_terminated_reason";
const container = 'namespace="a",pod="p",container="c"';

/** Of the platform itself: what no single operator answers for. */
export const platform: AlertGroup = {
  name: "platform",
  alerts: ({ apps }) => {
    const sample = apps[0] ?? "none";
    return [
      {
        alert: "DefaultDenyMissing",
        expr:
          `kube_namespace_created{job="kube-state-metrics",namespace=~"${anyOf(apps)}"} ` +
          'unless on (namespace) kube_networkpolicy_created{job="kube-state-metrics",networkpolicy="default-deny"}',
        for: "10m",
        severity: "critical",
        summary: "Namespace {{ $labels.namespace }} has no default deny: its pods may talk to anything",
        fires: {
          series: { [`kube_namespace_created{job="kube-state-metrics",namespace="${sample}"}`]: "1x60" },
          at: "20m",
        },
        quiet: {
          series: {
            [`kube_namespace_created{job="kube-state-metrics",namespace="${sample}"}`]: "1x60",
            [`kube_networkpolicy_created{job="kube-state-metrics",namespace="${sample}",networkpolicy="default-deny"}`]:
              "1x60",
          },
          at: "20m",
        },
      },
      {
        alert: "PolicyViolationsRising",
        expr: `sum by (policy) (increase(${vap}{job="apiserver",enforcement_action=~"deny|audit|warn"}[1h])) > 20`,
        for: "15m",
        severity: "warning",
        summary: "Rule {{ $labels.policy }} was violated {{ $value | humanize }} times within an hour",
        fires: { series: { [`${vap}{job="apiserver",policy="a",enforcement_action="deny"}`]: "0+1x120" }, at: "90m" },
        quiet: { series: { [`${vap}{job="apiserver",policy="a",enforcement_action="allow"}`]: "0+1x120" }, at: "90m" },
      },
      {
        alert: "AdmissionWebhookErrors",
        expr:
          `sum by (name) (increase(${webhook}{job="apiserver",error_type=~"calling_webhook_error|apiserver_internal_error"}[10m])) > 0 ` +
          'or sum by (name) (increase(apiserver_admission_webhook_fail_open_count{job="apiserver"}[10m])) > 0',
        for: "10m",
        severity: "critical",
        summary: "The API server cannot call webhook {{ $labels.name }}",
        fires: {
          series: { [`${webhook}{job="apiserver",name="a",error_type="calling_webhook_error"}`]: "0+1x60" },
          at: "30m",
        },
        alsoFires: [
          { series: { 'apiserver_admission_webhook_fail_open_count{job="apiserver",name="a"}': "0+1x60" }, at: "30m" },
        ],
        quiet: { series: { [`${webhook}{job="apiserver",name="a",error_type="no_error"}`]: "0+1x60" }, at: "30m" },
      },
      {
        alert: "ContainerOutOfMemory",
        expr:
          `increase(${restarts}{job="kube-state-metrics"}[15m]) > 0 ` +
          `and on (namespace, pod, container) ${terminated}{job="kube-state-metrics",reason="OOMKilled"} == 1`,
        severity: "warning",
        summary: "{{ $labels.namespace }}/{{ $labels.pod }}: {{ $labels.container }} was killed for its memory",
        fires: {
          series: {
            [`${restarts}{job="kube-state-metrics",${container}}`]: "0x10 1x50",
            [`${terminated}{job="kube-state-metrics",${container},reason="OOMKilled"}`]: "_x10 1x50",
          },
          at: "12m",
        },
        quiet: {
          series: {
            [`${restarts}{job="kube-state-metrics",${container}}`]: "0x10 1x50",
            [`${terminated}{job="kube-state-metrics",${container},reason="Error"}`]: "_x10 1x50",
          },
          at: "12m",
        },
      },
      {
        alert: "NodeAgentMissing",
        expr:
          `kube_daemonset_status_desired_number_scheduled{job="kube-state-metrics",${agents}} ` +
          `- on (namespace, daemonset) kube_daemonset_status_number_ready{job="kube-state-metrics",${agents}} > 0`,
        for: "15m",
        severity: "critical",
        summary: "{{ $labels.daemonset }} does not run on {{ $value }} nodes",
        fires: {
          series: {
            'kube_daemonset_status_desired_number_scheduled{job="kube-state-metrics",namespace="falco",daemonset="falco"}':
              "3x60",
            'kube_daemonset_status_number_ready{job="kube-state-metrics",namespace="falco",daemonset="falco"}': "2x60",
          },
          at: "30m",
        },
        quiet: {
          series: {
            'kube_daemonset_status_desired_number_scheduled{job="kube-state-metrics",namespace="falco",daemonset="falco"}':
              "3x60",
            'kube_daemonset_status_number_ready{job="kube-state-metrics",namespace="falco",daemonset="falco"}': "3x60",
          },
          at: "30m",
        },
      },
      {
        alert: "EtcdObjectsHigh",
        expr:
          'max by (group, resource) (apiserver_resource_objects{job="apiserver"}) > 50000 ' +
          'or max by (resource) (apiserver_storage_objects{job="apiserver"}) > 50000',
        for: "30m",
        severity: "warning",
        summary: "{{ $value | humanize }} objects of {{ $labels.resource }} are in etcd",
        fires: {
          series: { 'apiserver_resource_objects{job="apiserver",group="",resource="events"}': "60000x60" },
          at: "45m",
        },
        alsoFires: [
          { series: { 'apiserver_storage_objects{job="apiserver",resource="events"}': "60000x60" }, at: "45m" },
        ],
        quiet: {
          series: { 'apiserver_resource_objects{job="apiserver",group="",resource="events"}': "6000x60" },
          at: "45m",
        },
      },
      {
        alert: "QuotaNearFull",
        expr:
          'max by (namespace, resource) (kube_resourcequota{job="kube-state-metrics",type="used"}) ' +
          '/ (max by (namespace, resource) (kube_resourcequota{job="kube-state-metrics",type="hard"}) > 0) > 0.9',
        for: "15m",
        severity: "warning",
        summary:
          "{{ $labels.namespace }} uses {{ $value | humanizePercentage }} of its quota of {{ $labels.resource }}",
        fires: {
          series: {
            'kube_resourcequota{job="kube-state-metrics",namespace="a",resource="pods",type="used"}': "95x60",
            'kube_resourcequota{job="kube-state-metrics",namespace="a",resource="pods",type="hard"}': "100x60",
          },
          at: "30m",
        },
        quiet: {
          series: {
            'kube_resourcequota{job="kube-state-metrics",namespace="a",resource="pods",type="used"}': "50x60",
            'kube_resourcequota{job="kube-state-metrics",namespace="a",resource="pods",type="hard"}': "100x60",
          },
          at: "30m",
        },
      },
    ];
  },
};
