import { z } from "zod";

/** One of Alertmanager's own kinds of receiver: its list in a receiver, the keys that are secrets, and the others. */
interface Kind {
  readonly list: string;
  readonly secrets: readonly string[];
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
}

/** Alertmanager's configuration reference, "Receiver integration settings". */
const kinds = {
  discord: { list: "discord_configs", secrets: ["webhook_url"], optional: ["username"] },
  mattermost: { list: "mattermost_configs", secrets: ["webhook_url"], optional: ["channel", "username"] },
  msteams: { list: "msteamsv2_configs", secrets: ["webhook_url"] },
  opsgenie: { list: "opsgenie_configs", secrets: ["api_key"], optional: ["api_url", "priority"] },
  pagerduty: { list: "pagerduty_configs", secrets: ["routing_key"], optional: ["severity", "url"] },
  rocketchat: { list: "rocketchat_configs", secrets: ["token", "token_id"], required: ["api_url", "channel"] },
  slack: { list: "slack_configs", secrets: ["api_url"], required: ["channel"], optional: ["username"] },
  victorops: { list: "victorops_configs", secrets: ["api_key"], required: ["routing_key"], optional: ["api_url"] },
} as const satisfies Readonly<Record<string, Kind>>;

type KindName = keyof typeof kinds;
const kindNames = [
  "discord",
  "mattermost",
  "msteams",
  "opsgenie",
  "pagerduty",
  "rocketchat",
  "slack",
  "victorops",
] as const;

const kindOf = (name: KindName): Kind => kinds[name];

const service = z
  .strictObject({
    type: z.enum(kindNames),
    settings: z
      .record(z.string(), z.string())
      .default({})
      .describe("Alertmanager's own keys of this kind, such as `channel`; secrets are properties of the secret store."),
  })
  .superRefine(({ type, settings }, ctx) => {
    const { secrets, required = [], optional = [] } = kindOf(type);
    const known = [...required, ...optional];
    for (const key of Object.keys(settings).filter((each) => !known.includes(each)))
      ctx.addIssue({
        code: "custom",
        path: ["settings", key],
        message: secrets.includes(key)
          ? `is a secret: write it to the secret store as property \`${key}\``
          : `is no key of ${type} here; there ${known.length === 0 ? "are none" : `is: ${known.join(", ")}`}`,
      });
    for (const key of required.filter((each) => settings[each] === undefined))
      ctx.addIssue({ code: "custom", path: ["settings", key], message: `is missing, which ${type} needs` });
  })
  .describe("A service that Alertmanager knows by itself; its secrets are properties of the same name.");

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
  service,
]);

export type Receiver = z.infer<typeof receiver>;

/** Properties of the secret store that a receiver needs. */
export function secretsOf(to: Receiver): readonly string[] {
  if (to.type === "webhook") return ["receiver_url"];
  if (to.type === "email") return to.username === undefined ? [] : ["smtp_password"];
  return kindOf(to.type).secrets;
}

/** The receiver as Alertmanager reads it, each secret as `secret` gives it. */
export function integrations(to: Receiver, secret: (property: string) => string): Record<string, unknown> {
  if (to.type === "webhook") return { webhook_configs: [{ url: secret("receiver_url"), send_resolved: true }] };
  if (to.type !== "email") {
    const { list, secrets } = kindOf(to.type);
    const filled = Object.fromEntries(secrets.map((key) => [key, secret(key)]));
    return { [list]: [{ ...to.settings, ...filled, send_resolved: true }] };
  }
  return {
    email_configs: [
      {
        to: to.to,
        from: to.from,
        smarthost: to.smarthost,
        require_tls: true,
        send_resolved: true,
        ...(to.username === undefined ? {} : { auth_username: to.username, auth_password: secret("smtp_password") }),
      },
    ],
  };
}
