import { stringify } from "yaml";
import { runbookLink } from "../../monitoring/alert";

/**
 * Failed logins, from Keycloak's log: it writes each one as a warning, and the successful ones not. Its metrics count
 * both, but only where the suite sets `KC_EVENT_METRICS_USER_ENABLED`, and it does not.
 */
export const loginRules = (namespace: string, runbooks: string) =>
  ({
    groups: [
      {
        name: "logins",
        interval: "1m",
        rules: [
          {
            alert: "LoginFailures",
            expr: `sum(rate({namespace="${namespace}", container="keycloak"} |= "LOGIN_ERROR" [10m])) > 0.2`,
            for: "10m",
            labels: { severity: "critical" },
            annotations: {
              summary: "{{ $value | humanize }} logins a second fail: an attack, or single sign-on is broken",
              ...runbookLink("LoginFailures", runbooks),
            },
          },
        ],
      },
    ],
  }) as const;

export const loginRuleFile = (namespace: string, runbooks: string): string =>
  stringify(loginRules(namespace, runbooks), { lineWidth: 0 });
