import { stringify } from "yaml";
import { z } from "zod";

/** Whom alerts go to. Addresses that are secrets themselves come from the secret store. */
export const receiver = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("webhook") })
    .describe("A URL, e.g. of an on-call service: property `receiver_url` of platform/alertmanager."),
  z
    .strictObject({
      type: z.literal("email"),
      to: z.email("is not an e-mail address; example: platform@example.nl"),
      from: z.email("is not an e-mail address; example: platform@example.nl"),
      smarthost: z.string().regex(/^[^:]+:\d+$/, "is not host:port; example: smtp.example.nl:587"),
      username: z
        .string()
        .min(1)
        .optional()
        .describe("Absent: no login; else the password is property `smtp_password`."),
    })
    .describe("A mailbox that somebody reads, also at night."),
]);

export type Receiver = z.infer<typeof receiver>;

/**
 * Placeholders that External Secrets fills in; without it, what the person who makes the Secret fills in. As JSON, which
 * is YAML too, quotes included: a password may hold any character.
 */
export const placeholder = {
  receiverUrl: "{{ .receiverUrl | toJson }}",
  deadMansSwitchUrl: "{{ .deadMansSwitchUrl | toJson }}",
  smtpPassword: "{{ .smtpPassword | toJson }}",
} as const;

const TEAM = "team";
const DEAD_MANS_SWITCH = "dead-mans-switch";
const NOBODY = "nobody";

function team(to: Receiver): Record<string, unknown> {
  if (to.type === "webhook") {
    return { name: TEAM, webhook_configs: [{ url: placeholder.receiverUrl, send_resolved: true }] };
  }
  return {
    name: TEAM,
    email_configs: [
      {
        to: to.to,
        from: to.from,
        smarthost: to.smarthost,
        require_tls: true,
        send_resolved: true,
        ...(to.username === undefined ? {} : { auth_username: to.username, auth_password: placeholder.smtpPassword }),
      },
    ],
  };
}

/**
 * alertmanager.yaml as a template: one receiver, and an alert that never stops so that its absence is noticed elsewhere.
 */
export function alertmanagerConfig(to: Receiver): string {
  const text = stringify(
    {
      global: { resolve_timeout: "5m" },
      route: {
        receiver: TEAM,
        group_by: ["namespace", "alertname"],
        group_wait: "30s",
        group_interval: "5m",
        repeat_interval: "12h",
        routes: [
          {
            receiver: DEAD_MANS_SWITCH,
            // Alerts of apps always have a namespace: none of them keeps the switch quiet.
            matchers: ['alertname="Watchdog"', 'namespace=""'],
            group_wait: "0s",
            group_interval: "1m",
            repeat_interval: "1m",
          },
          { receiver: NOBODY, matchers: ['severity=~"none|info"'] },
          { receiver: TEAM, matchers: ['severity="critical"'], repeat_interval: "1h" },
        ],
      },
      inhibit_rules: [
        {
          source_matchers: ['severity="critical"'],
          target_matchers: ['severity=~"warning|info"'],
          equal: ["namespace", "alertname"],
        },
      ],
      receivers: [
        { name: NOBODY },
        team(to),
        { name: DEAD_MANS_SWITCH, webhook_configs: [{ url: placeholder.deadMansSwitchUrl, send_resolved: false }] },
      ],
    },
    { lineWidth: 0 },
  );
  // What is filled in brings its own quotes.
  return Object.values(placeholder).reduce((filled, each) => filled.replaceAll(JSON.stringify(each), each), text);
}
