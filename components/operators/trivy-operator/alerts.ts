import { anyOf, type AlertGroup } from "../../monitoring/alert";

const critical = (offset = "") =>
  `sum by (namespace, image_repository) (trivy_image_vulnerabilities{job="trivy-operator",severity="Critical"}${offset})`;
const sample =
  'trivy_image_vulnerabilities{job="trivy-operator",severity="Critical",namespace="app",image_repository="x"}';

type Apps = readonly string[];

/** Containers of the suite, each with the repository of its image below the registry. */
const running = (apps: Apps): string =>
  `label_replace(kube_pod_container_info{job="kube-state-metrics",namespace=~"${anyOf(apps)}",image=~".+/.+"}, ` +
  '"image_repository", "$1", "image", "[^/]+/([^@:]+).*")';
const container = (apps: Apps, image: string): string =>
  `kube_pod_container_info{job="kube-state-metrics",namespace="${apps[0] ?? "none"}",image="${image}"}`;
const scanned = (apps: Apps, repository: string): string =>
  `trivy_image_info{job="trivy-operator",namespace="${apps[0] ?? "none"}",image_repository="${repository}"}`;

export const alerts: AlertGroup = {
  name: "trivy-operator",
  alerts: ({ apps }) => [
    {
      alert: "CriticalVulnerabilities",
      expr: `${critical()} > 0`,
      for: "1h",
      severity: "warning",
      summary: "{{ $labels.image_repository }} in {{ $labels.namespace }} has {{ $value }} critical vulnerabilities",
      fires: { series: { [sample]: "2x120" }, at: "90m" },
      quiet: { series: { [sample]: "0x120" }, at: "90m" },
    },
    {
      alert: "NewCriticalVulnerabilities",
      expr: `${critical()} - ${critical(" offset 1d")} > 0`,
      for: "30m",
      severity: "critical",
      summary: "{{ $value }} critical vulnerabilities more than yesterday in {{ $labels.image_repository }}",
      fires: { series: { [sample]: "1x1500 3x120" }, at: "1560m" },
      quiet: { series: { [sample]: "3x1620" }, at: "1560m" },
    },
    {
      alert: "ExposedSecretInImage",
      expr: 'sum by (namespace, image_repository) (trivy_image_exposedsecrets{job="trivy-operator"}) > 0',
      severity: "critical",
      summary: "{{ $labels.image_repository }} in {{ $labels.namespace }} contains a secret",
      fires: {
        series: { 'trivy_image_exposedsecrets{job="trivy-operator",namespace="app",image_repository="x"}': "1x10" },
        at: "5m",
      },
      quiet: {
        series: { 'trivy_image_exposedsecrets{job="trivy-operator",namespace="app",image_repository="x"}': "0x10" },
        at: "5m",
      },
    },
    {
      alert: "ImagesUnscanned",
      // By repository: the registry and the tag are spelled differently by the container runtime and by the scanner.
      expr:
        `count by (namespace, image_repository) (${running(apps)}) ` +
        'unless on (namespace, image_repository) count by (namespace, image_repository) (trivy_image_info{job="trivy-operator"})',
      for: "6h",
      severity: "warning",
      summary: "{{ $labels.image_repository }} in {{ $labels.namespace }} has no vulnerability report",
      fires: {
        series: {
          [container(apps, "docker.io/library/nginx:1.29")]: "1x600",
          [container(apps, "registry.example.nl:5000/suite/docs:2@sha256:0a")]: "1x600",
          [scanned(apps, "library/nginx")]: "1x600",
        },
        at: "8h",
      },
      quiet: {
        series: {
          [container(apps, "docker.io/library/nginx:1.29")]: "1x600",
          [container(apps, "registry.example.nl:5000/suite/docs:2@sha256:0a")]: "1x600",
          // Not named by the runtime: nothing to compare with.
          [container(apps, "sha256:0b")]: "1x600",
          [scanned(apps, "library/nginx")]: "1x600",
          [scanned(apps, "suite/docs")]: "1x600",
        },
        at: "8h",
      },
    },
    {
      alert: "TrivyOperatorStuck",
      expr:
        'absent(up{job="trivy-operator"} == 1) ' +
        'or sum(increase(controller_runtime_reconcile_total{job="trivy-operator"}[6h])) == 0',
      for: "1h",
      severity: "warning",
      summary: "The Trivy operator is down or has not looked at anything for six hours",
      fires: {
        series: {
          'up{job="trivy-operator"}': "1x600",
          'controller_runtime_reconcile_total{job="trivy-operator",controller="pod"}': "5x600",
        },
        at: "8h",
      },
      quiet: {
        series: {
          'up{job="trivy-operator"}': "1x600",
          'controller_runtime_reconcile_total{job="trivy-operator",controller="pod"}': "0+1x600",
        },
        at: "8h",
      },
    },
    {
      alert: "ComplianceFailures",
      expr: 'sum by (title) (trivy_cluster_compliance{job="trivy-operator",status="Fail"}) > 0',
      for: "24h",
      severity: "info",
      summary: "{{ $value }} checks of {{ $labels.title }} fail",
      fires: {
        series: { 'trivy_cluster_compliance{job="trivy-operator",title="nsa",status="Fail"}': "1x1600" },
        at: "25h",
      },
      quiet: {
        series: { 'trivy_cluster_compliance{job="trivy-operator",title="nsa",status="Pass"}': "1x1600" },
        at: "25h",
      },
    },
  ],
};
