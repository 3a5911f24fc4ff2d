import type { AlertGroup } from "../../monitoring/alert";
import type { Counted } from "./counted";

const METRIC = "platform_failed_logins_total";

/**
 * Failed logins, from Keycloak's log: it writes each one as a warning, and the successful ones not. Its metrics count
 * both, but only where the suite sets `KC_EVENT_METRICS_USER_ENABLED`, and it does not.
 */
export const keycloakLogins = (namespace: string): Counted => ({
  labels: { namespace, container: "keycloak" },
  contains: "LOGIN_ERROR",
  metric: METRIC,
  description: "Logins that failed at Keycloak.",
  keep: ["pod"],
  idle: "24h",
});

/** As the agents alone tell it. */
const ofTheAgents = 'namespace="log-agents"';
const failed = (pod: string): string => `${METRIC}{${ofTheAgents},exported_pod="${pod}"}`;

export const logins: AlertGroup = {
  name: "logins",
  alerts: () => [
    {
      alert: "LoginFailures",
      expr: `sum(rate(${METRIC}{${ofTheAgents}}[10m])) > 0.2`,
      for: "10m",
      severity: "critical",
      summary: "{{ $value | humanize }} logins a second fail: an attack, or single sign-on is broken",
      // Every fourth second, at two pods together; and every twentieth, where somebody forgot a password.
      fires: { series: { [failed("a")]: "0+8x40", [failed("b")]: "0+7x40" }, at: "30m" },
      quiet: { series: { [failed("a")]: "0+3x40" }, at: "30m" },
    },
  ],
};
