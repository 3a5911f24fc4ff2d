import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "trivy-operator",
  title: "Vulnerabilities (Trivy)",
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
      // What looked at nothing counts as passed there: only failures are known.
      title: "Compliance checks that fail; the others are passed or unknown",
      lines: { "{{title}}": 'sum by (title) (trivy_cluster_compliance{status="Fail"})' },
    },
  ],
};
