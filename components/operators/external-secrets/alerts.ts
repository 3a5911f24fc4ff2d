import type { AlertGroup } from "../../monitoring/alert";

export const alerts: AlertGroup = {
  name: "external-secrets",
  alerts: () => [
    {
      alert: "SecretStoreNotReady",
      expr:
        'clustersecretstore_status_condition{namespace="external-secrets",condition="Ready",status="False"} == 1 ' +
        'or secretstore_status_condition{namespace="external-secrets",condition="Ready",status="False"} == 1',
      for: "10m",
      severity: "critical",
      summary: "Secret store {{ $labels.name }} does not answer: no secret is refreshed or rotated",
      fires: {
        series: {
          'clustersecretstore_status_condition{namespace="external-secrets",name="bao",condition="Ready",status="False"}':
            "1x60",
        },
        at: "20m",
      },
      alsoFires: [
        {
          series: {
            'secretstore_status_condition{namespace="external-secrets",name="bao",condition="Ready",status="False"}':
              "1x60",
          },
          at: "20m",
        },
      ],
      quiet: {
        series: {
          'clustersecretstore_status_condition{namespace="external-secrets",name="bao",condition="Ready",status="False"}':
            "0x60",
        },
        at: "20m",
      },
    },
    {
      alert: "ExternalSecretNotReady",
      expr: 'externalsecret_status_condition{namespace="external-secrets",condition="Ready",status="False"} == 1',
      for: "15m",
      severity: "warning",
      summary: "ExternalSecret {{ $labels.exported_namespace }}/{{ $labels.name }} is not in sync with its store",
      fires: {
        series: {
          'externalsecret_status_condition{namespace="external-secrets",name="db",condition="Ready",status="False"}':
            "1x60",
        },
        at: "30m",
      },
      quiet: {
        series: {
          'externalsecret_status_condition{namespace="external-secrets",name="db",condition="Ready",status="False"}':
            "0x60",
        },
        at: "30m",
      },
    },
    {
      alert: "SecretProviderErrors",
      expr: 'sum by (provider) (rate(externalsecret_provider_api_calls_count{namespace="external-secrets",status="error"}[5m])) > 0.1',
      for: "15m",
      severity: "warning",
      summary: "Calls to secret store {{ $labels.provider }} fail",
      fires: {
        series: {
          'externalsecret_provider_api_calls_count{namespace="external-secrets",provider="Vault",status="error"}':
            "0+60x60",
        },
        at: "30m",
      },
      quiet: {
        series: {
          'externalsecret_provider_api_calls_count{namespace="external-secrets",provider="Vault",status="success"}':
            "0+60x60",
        },
        at: "30m",
      },
    },
  ],
};
