import type { Dashboard } from "./dashboard";

/** One per component that has metrics of its own; what kube-prometheus-stack and Cilium bring is not repeated. */
export const operatorDashboards: readonly Dashboard[] = [
  {
    name: "velero",
    title: "Backups (Velero)",
    operator: "velero",
    panels: [
      {
        title: "Age of the newest good backup",
        unit: "s",
        lines: { "{{schedule}}": 'time() - velero_backup_last_successful_timestamp{schedule!=""}' },
      },
      { title: "Last status (1 is good)", lines: { "{{schedule}}": 'velero_backup_last_status{schedule!=""}' } },
      {
        title: "Failed and partial backups in a day",
        lines: {
          "failed {{schedule}}": 'increase(velero_backup_failure_total{schedule!=""}[24h])',
          "partial {{schedule}}": 'increase(velero_backup_partial_failure_total{schedule!=""}[24h])',
        },
      },
      {
        title: "Restores in a week",
        lines: {
          good: "sum(increase(velero_restore_success_total[7d]))",
          bad: "sum(increase(velero_restore_failed_total[7d])) + sum(increase(velero_restore_partial_failure_total[7d]))",
        },
      },
      {
        title: "Volume uploads in an hour",
        lines: {
          good: "sum(increase(podVolume_data_upload_success_total[1h]))",
          failed: "sum(increase(podVolume_data_upload_failure_total[1h]))",
        },
      },
      {
        title: "Locations (1 is reachable)",
        lines: { "{{backup_location_name}}": "velero_backup_location_status_gauge" },
      },
    ],
  },
  {
    name: "kyverno",
    title: "Admission (Kyverno)",
    operator: "kyverno",
    panels: [
      { title: "Requests", unit: "reqps", lines: { requests: "sum(rate(kyverno_admission_requests_total[5m]))" } },
      {
        title: "Duration of reviews",
        unit: "s",
        lines: {
          p50: "histogram_quantile(0.5, sum by (le) (rate(kyverno_admission_review_duration_seconds_bucket[5m])))",
          p99: "histogram_quantile(0.99, sum by (le) (rate(kyverno_admission_review_duration_seconds_bucket[5m])))",
        },
      },
      {
        title: "Refused in an hour",
        lines: {
          "{{policy_name}}":
            'sum by (policy_name) (increase(kyverno_validating_policy_results_total{result=~"fail|error"}[1h]))',
          "images: {{policy_name}}":
            'sum by (policy_name) (increase(kyverno_image_validating_policy_results_total{result=~"fail|error"}[1h]))',
        },
      },
      {
        title: "Ephemeral reports in etcd",
        lines: {
          reports: 'max(apiserver_resource_objects{group="reports.kyverno.io",resource="ephemeralreports"})',
        },
      },
    ],
  },
  {
    name: "external-secrets",
    title: "Secrets (External Secrets)",
    operator: "external-secrets",
    panels: [
      {
        title: "Not in sync",
        lines: {
          secrets: 'sum(externalsecret_status_condition{condition="Ready",status="False"})',
          stores: 'sum(clustersecretstore_status_condition{condition="Ready",status="False"})',
        },
      },
      {
        title: "Synchronisations",
        unit: "ops",
        lines: {
          all: "sum(rate(externalsecret_sync_calls_total[5m]))",
          errors: "sum(rate(externalsecret_sync_calls_error[5m]))",
        },
      },
      {
        title: "Calls to stores",
        unit: "ops",
        lines: {
          "{{provider}} {{status}}": "sum by (provider, status) (rate(externalsecret_provider_api_calls_count[5m]))",
        },
      },
    ],
  },
  {
    name: "trivy-operator",
    title: "Vulnerabilities (Trivy)",
    operator: "trivy-operator",
    panels: [
      { title: "By severity", lines: { "{{severity}}": "sum by (severity) (trivy_image_vulnerabilities)" } },
      {
        title: "Critical by image",
        lines: {
          "{{image_repository}}":
            'topk(10, sum by (image_repository) (trivy_image_vulnerabilities{severity="Critical"}))',
        },
      },
      {
        title: "Secrets in images",
        lines: { "{{image_repository}}": "sum by (image_repository) (trivy_image_exposedsecrets) > 0" },
      },
      {
        title: "Compliance checks",
        lines: { "{{title}} {{status}}": "sum by (title, status) (trivy_cluster_compliance)" },
      },
    ],
  },
  {
    name: "falco",
    title: "Runtime security (Falco)",
    operator: "falco",
    panels: [
      {
        title: "Events in an hour by priority",
        lines: {
          "{{priority_raw}}": "sum by (priority_raw) (increase(falcosecurity_falcosidekick_falco_events_total[1h]))",
        },
      },
      {
        title: "Events in an hour by rule",
        lines: { "{{rule}}": "topk(10, sum by (rule) (increase(falcosecurity_falcosidekick_falco_events_total[1h])))" },
      },
      {
        title: "Dropped events",
        unit: "percentunit",
        lines: {
          "{{instance}}": "rate(falcosecurity_scap_n_drops_total[5m]) / rate(falcosecurity_scap_n_evts_total[5m])",
        },
      },
      {
        title: "Delivery",
        unit: "ops",
        lines: {
          "{{destination}} {{status}}":
            "sum by (destination, status) (rate(falcosecurity_falcosidekick_outputs_total[5m]))",
        },
      },
    ],
  },
  {
    name: "cert-manager",
    title: "Certificates (cert-manager)",
    operator: "cert-manager",
    panels: [
      {
        title: "Time to expiry",
        unit: "s",
        lines: {
          "{{exported_namespace}}/{{name}}":
            "bottomk(20, min by (exported_namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time())",
        },
      },
      {
        title: "Not ready",
        lines: { "{{exported_namespace}}/{{name}}": 'certmanager_certificate_ready_status{condition!="True"} == 1' },
      },
    ],
  },
  {
    name: "logs",
    title: "Logs (Alloy and Loki)",
    operator: "alloy",
    panels: [
      {
        title: "Lines sent",
        unit: "ops",
        lines: { "{{host}}": "sum by (host) (rate(loki_write_sent_entries_total[5m]))" },
      },
      {
        title: "Lines lost",
        unit: "ops",
        lines: { "{{host}} {{reason}}": "sum by (host, reason) (rate(loki_write_dropped_entries_total[5m]))" },
      },
      {
        title: "Records refused by the central system",
        unit: "ops",
        lines: { refused: "sum(rate(otelcol_exporter_send_failed_log_records_total[5m]))" },
      },
      {
        title: "Requests to the log store",
        unit: "reqps",
        lines: {
          "{{status_code}}":
            'sum by (status_code) (rate(loki_request_duration_seconds_count{namespace="logging"}[5m]))',
        },
      },
    ],
  },
  {
    name: "network",
    title: "Network plugin",
    operator: "cni",
    panels: [
      {
        title: "Dropped packets (Cilium)",
        unit: "ops",
        lines: { "{{reason}} {{direction}}": "sum by (reason, direction) (rate(cilium_drop_count_total[5m]))" },
      },
      {
        title: "Failures to write rules (Calico)",
        unit: "ops",
        lines: { "{{instance}}": "sum by (instance) (rate(felix_int_dataplane_failures[5m]))" },
      },
    ],
  },
];
