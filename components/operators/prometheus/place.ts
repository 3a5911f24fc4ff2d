import { group } from "../frame/flows";

/** Where its parts are, for the operators that use them. */
export const alertmanager = {
  pods: group("alertmanager", { "app.kubernetes.io/name": "alertmanager" }),
  port: 9093,
  url: (namespace: string): string => `http://kube-prometheus-stack-alertmanager.${namespace}.svc:9093`,
} as const;

export const grafana = {
  pods: group("grafana", { "app.kubernetes.io/name": "grafana" }),
  port: 3000,
  adminSecret: "grafana-admin",
  url: (namespace: string): string => `http://kube-prometheus-stack-grafana.${namespace}.svc`,
} as const;

export const prometheusServer = {
  pods: group("prometheus", { "app.kubernetes.io/name": "prometheus" }),
  port: 9090,
  url: (namespace: string): string => `http://kube-prometheus-stack-prometheus.${namespace}.svc:9090`,
} as const;

/** Webhook configurations of the Prometheus operator, which others fill in. */
export const monitoringWebhook = "kube-prometheus-stack-admission";
