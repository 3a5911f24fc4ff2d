import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "cert-manager",
  title: "Certificates (cert-manager)",
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
};
