import type { JsonObject } from "../frame/manifest";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Prometheus' own token, renewed by the kubelet, and the cluster's authority. */
const login = { credentials_file: `${ACCOUNT}/token` };
const authority = { ca_file: `${ACCOUNT}/ca.crt` };
/** Signed by themselves unless the distribution says otherwise. */
const unverified = { ...authority, insecure_skip_verify: true };

const replace = (target: string, replacement: string) => ({ target_label: target, replacement });
const copy = (from: string, target: string) => ({ source_labels: [from], target_label: target });
const drop = (regex: string, ...labels: readonly string[]) => ({
  action: "drop",
  regex,
  source_labels: ["__name__", ...labels],
});

/** Endpoints of a Service by the name of a port, with the labels that a monitor would give them. */
function service(namespace: string, name: string, port: string, job: string): JsonObject {
  return {
    job_name: job,
    kubernetes_sd_configs: [{ role: "endpointslice", namespaces: { names: [namespace] } }],
    relabel_configs: [
      {
        action: "keep",
        regex: `${name};${port}`,
        source_labels: ["__meta_kubernetes_service_name", "__meta_kubernetes_endpointslice_port_name"],
      },
      copy("__meta_kubernetes_namespace", "namespace"),
      copy("__meta_kubernetes_service_name", "service"),
      copy("__meta_kubernetes_pod_name", "pod"),
      replace("endpoint", port),
    ],
  };
}

/** With Prometheus' token. */
const withToken = (job: JsonObject): JsonObject => ({ ...job, scheme: "https", authorization: login });

const apiServer: JsonObject = {
  ...withToken(service("default", "kubernetes", "https", "apiserver")),
  tls_config: { ...authority, server_name: "kubernetes" },
  metric_relabel_configs: [
    // Half of the buckets: the rules of kube-prometheus-stack read the others.
    drop(
      "(etcd_request|apiserver_request_slo|apiserver_request_sli|apiserver_request)_duration_seconds_bucket;" +
        String.raw`(0\.15|0\.2|0\.3|0\.35|0\.4|0\.45|0\.6|0\.7|0\.8|0\.9|1\.25|1\.5|1\.75|2|3|3\.5|4|4\.5|6|7|8|9|15|20|40|45|50)(\.0)?`,
      "le",
    ),
  ],
};

/** One of the kubelet's pages. Rules and dashboards tell them by `metrics_path`. */
function kubelet(path: string, more: JsonObject = {}): JsonObject {
  return {
    job_name: `kubelet${path}`,
    metrics_path: path,
    scheme: "https",
    authorization: login,
    tls_config: unverified,
    // What is measured is pods: their namespace and name, not those of the target.
    honor_labels: true,
    kubernetes_sd_configs: [{ role: "node" }],
    relabel_configs: [
      replace("job", "kubelet"),
      replace("namespace", "kube-system"),
      replace("service", "kubelet"),
      replace("endpoint", "https-metrics"),
      copy("__metrics_path__", "metrics_path"),
      copy("__meta_kubernetes_node_name", "node"),
    ],
    ...more,
  };
}

const kubelets: readonly JsonObject[] = [
  kubelet("/metrics", {
    metric_relabel_configs: [
      drop(String.raw`(csi_operations|storage_operation_duration)_seconds_bucket;(0.25|2.5|15|25|120|600)(\.0)?`, "le"),
    ],
  }),
  kubelet("/metrics/cadvisor", {
    scrape_interval: "10s",
    track_timestamps_staleness: true,
    metric_relabel_configs: [
      drop("container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)"),
      drop("container_fs_(io_current|io_time_.+|reads_merged_total|sector_.+|writes_merged_total)"),
      drop("container_memory_(mapped_file|swap)"),
      drop("container_(file_descriptors|tasks_state|threads_max|spec.*)"),
      drop("container_memory_failures_total;hierarchy", "scope"),
      drop("container_network_.*;(cali|cilium|cni|lxc|nodelocaldns|tunl).*", "interface"),
      { action: "drop", regex: ".+;", source_labels: ["id", "pod"] },
    ],
  }),
  kubelet("/metrics/probes"),
];

/**
 * What asks for Prometheus' token before it shows its metrics. The chart's own monitors read the token from a file, and
 * a Prometheus that forbids monitors to read files leaves such monitors out as a whole
 * (prometheus-community/helm-charts#7230). Here the file is named where only the platform can: a monitor of an app can
 * still not have the token sent to itself, and no token has to be kept in a Secret. And what is in other namespaces than
 * its monitor, where Prometheus looks in a monitor's own namespace only.
 */
export function scrapeConfigs(release: string, controlPlane: boolean): readonly JsonObject[] {
  const ofSystem = (part: string, job: string): JsonObject =>
    service("kube-system", `${release}-${part}`, "http-metrics", job);
  return [
    apiServer,
    ...kubelets,
    ofSystem("coredns", "coredns"),
    ...(controlPlane
      ? [
          ofSystem("kube-etcd", "kube-etcd"),
          ...["kube-scheduler", "kube-controller-manager"].map((part) => ({
            ...withToken(ofSystem(part, part)),
            tls_config: unverified,
          })),
        ]
      : []),
  ];
}

/** Labels that a target has of itself: what it measures under the same name is called `exported_…`. */
const measured = "exported_(.+)";

/**
 * For a monitor of the platform that measures others: pods, namespaces, Jobs. `honorLabels` would do the same, but cannot
 * be allowed to some monitors only.
 */
export const ownLabels: readonly JsonObject[] = [
  { action: "labelmap", regex: measured, replacement: "$1" },
  { action: "labeldrop", regex: measured },
];

/** Objects of these kinds in the platform's namespaces are taken as they are. */
const kinds = ["servicemonitors", "podmonitors", "scrapeconfigs", "prometheusrules"] as const;

/**
 * What Prometheus' operator makes of everybody's monitors and rules: a series and a rule belong to the namespace of the
 * object that they come from, and a job to no other. The platform's alerts look into every namespace, so what is in its own
 * namespaces is left as it is (Prometheus Operator, API reference, PrometheusSpec).
 */
export function enforcement(platform: readonly string[]): JsonObject {
  const namespaces = [...platform].sort();
  const pattern = namespaces.map((name) => name.replaceAll(".", "\\.")).join("|");
  return {
    enforcedNamespaceLabel: "namespace",
    excludedFromEnforcement: namespaces.flatMap((namespace) =>
      kinds.map((resource) => ({ group: "monitoring.coreos.com", resource, namespace })),
    ),
    ignoreNamespaceSelectors: true,
    overrideHonorLabels: true,
    overrideHonorTimestamps: true,
    scrapeClasses: [
      {
        name: "platform",
        default: true,
        // A job is called after a Service, whose name is the app's choice; alerts find kube-state-metrics and the kubelet
        // by their job. So that of an app is `<namespace>/<job>`.
        relabelings: [
          { targetLabel: "__tmp_platform", replacement: "" },
          {
            sourceLabels: ["__meta_kubernetes_namespace"],
            regex: pattern,
            targetLabel: "__tmp_platform",
            replacement: "true",
          },
          {
            sourceLabels: ["__tmp_platform", "__meta_kubernetes_namespace", "job"],
            regex: ";(.+);(?:.+/)?([^/]+)",
            targetLabel: "job",
            replacement: "$1/$2",
          },
        ],
      },
    ],
  };
}
