import type { AlertGroup } from "../../monitoring/alert";

const expiry = "certmanager_certificate_expiration_timestamp_seconds";

export const alerts: AlertGroup = {
  name: "cert-manager",
  alerts: () => [
    {
      alert: "CertificateExpiring",
      expr: `min by (exported_namespace, namespace, name) (${expiry}{namespace="cert-manager"} > 0) - time() < 14 * 86400`,
      for: "1h",
      severity: "critical",
      summary:
        "Certificate {{ $labels.exported_namespace }}/{{ $labels.name }} expires in {{ $value | humanizeDuration }}",
      fires: { series: { [`${expiry}{namespace="cert-manager",name="web"}`]: "864000x120" }, at: "90m" },
      quiet: { series: { [`${expiry}{namespace="cert-manager",name="web"}`]: "5184000x120" }, at: "90m" },
    },
    {
      alert: "CertificateNotReady",
      expr: 'certmanager_certificate_ready_status{namespace="cert-manager",condition!="True"} == 1',
      for: "30m",
      severity: "warning",
      summary: "Certificate {{ $labels.exported_namespace }}/{{ $labels.name }} cannot be issued",
      fires: {
        series: {
          'certmanager_certificate_ready_status{namespace="cert-manager",name="web",condition="False"}': "1x60",
        },
        at: "45m",
      },
      quiet: {
        series: {
          'certmanager_certificate_ready_status{namespace="cert-manager",name="web",condition="True"}': "1x60",
        },
        at: "45m",
      },
    },
  ],
};
