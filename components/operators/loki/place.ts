import { group, peer } from "../frame/flows";

const NAMESPACE = "logging";
const gateway = group("gateway", { "app.kubernetes.io/name": "loki", "app.kubernetes.io/component": "gateway" });

/** Where it takes and gives logs, for the operators that do either. */
export const logStore = {
  namespace: NAMESPACE,
  gateway,
  /** Port of the gateway's pods; its Service listens on 80. */
  port: 8080,
  url: `http://loki-gateway.${NAMESPACE}.svc`,
  peer: peer(NAMESPACE, gateway),
} as const;

/** Tenants of the log store; each has its own retention. */
export const tenant = { platform: "platform", apps: "apps", audit: "audit", security: "security" } as const;
