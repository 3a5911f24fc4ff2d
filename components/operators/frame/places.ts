import { group, peer } from "./flows";

/** Where operators find each other inside the cluster; the files of both ends take names and ports from here. */
const LOGGING = "logging";
const ROUTER = "falcosidekick";

/** Job of the ingress controller's metrics. */
export const ROUTER_JOB = "ingress-controller";

export const eventRouter = {
  namespace: ROUTER,
  pods: group("falcosidekick", { "app.kubernetes.io/name": "falcosidekick" }),
  port: 2801,
  url: `http://falcosidekick.${ROUTER}.svc:2801`,
  peer: peer(ROUTER, group("falcosidekick", { "app.kubernetes.io/name": "falcosidekick" })),
} as const;

const gatewayPods = group("gateway", { "app.kubernetes.io/name": "loki", "app.kubernetes.io/component": "gateway" });

export const logStore = {
  namespace: LOGGING,
  gateway: gatewayPods,
  /** Port of the gateway's pods; its Service listens on 80. */
  port: 8080,
  url: `http://loki-gateway.${LOGGING}.svc`,
  peer: peer(LOGGING, gatewayPods),
} as const;

/** Tenants of the log store; each has its own retention. */
export const tenant = { platform: "platform", apps: "apps", audit: "audit", security: "security" } as const;

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
