import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { lockedChart } from "../../../components/charts/lock";
import { alertmanagerConfig } from "../../../components/operators/prometheus/alertmanager";
import type { Receiver } from "../../../components/operators/prometheus/receivers";
import upstream from "./upstream/alertmanager.json";

const email: Receiver = {
  type: "email",
  to: "a@example.nl",
  from: "b@example.nl",
  smarthost: "smtp:587",
  username: "u",
};
const receivers: readonly Receiver[] = [{ type: "webhook" }, email];

/** What External Secrets makes of the template: sprig's toJson escapes HTML besides. */
const filled = (text: string, value: string): unknown => {
  const json = JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  return parse(text.replace(/\{\{ \.\w+ \| toJson \}\}/g, () => json));
};

const only = <T extends z.ZodRawShape>(keys: readonly string[], shape: T) =>
  z.looseObject(shape).superRefine((value, ctx) => {
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) ctx.addIssue({ code: "custom", message: `${key} is no key of upstream's` });
    }
  });

// prometheus/common model.ParseDuration.
const duration = z
  .string()
  .regex(/^(?:0|(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?)$/)
  .min(1);
const positive = duration.refine((text) => /[1-9]/.test(text), "cannot be zero");
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
const matcher = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*(?:=|!=|=~|!~)"(?:[^"\\]|\\.)*"$/);

const routeKeys = {
  receiver: z.string(),
  matchers: z.array(matcher).optional(),
  group_by: z
    .array(labelName)
    .refine((labels) => new Set(labels).size === labels.length, "labels twice")
    .optional(),
  group_wait: duration.optional(),
  group_interval: positive.optional(),
  repeat_interval: positive.optional(),
};
const route = only(upstream.route, routeKeys);

/** The rules of config.Load at the same version, as far as they touch what the platform writes. */
const configuration = only(upstream.configuration, {
  global: only(upstream.globalSettings, { resolve_timeout: duration }),
  route: only(upstream.route, {
    ...routeKeys,
    routes: z.array(route),
    matchers: z.undefined().optional(),
    continue: z.undefined().optional(),
  }),
  inhibit_rules: z.array(
    only(upstream.inhibitRule, {
      source_matchers: z.array(matcher).min(1),
      target_matchers: z.array(matcher).min(1),
      equal: z.array(labelName),
    }),
  ),
  receivers: z.array(
    only(upstream.receiver, {
      name: z.string().min(1),
      webhook_configs: z
        .array(only(upstream.webhook, { url: z.string().min(1), send_resolved: z.boolean() }))
        .optional(),
      email_configs: z
        .array(
          only(upstream.email, {
            to: z.string().min(3),
            from: z.string().min(3),
            smarthost: z.string().regex(/^[^:]+:\d+$/),
            require_tls: z.literal(true),
          }),
        )
        .optional(),
    }),
  ),
}).superRefine(({ receivers: given, route: root }, ctx) => {
  const names = given.map(({ name }) => name);
  if (new Set(names).size < names.length) ctx.addIssue({ code: "custom", message: "a receiver's name is not unique" });
  for (const { receiver } of [root, ...root.routes]) {
    if (!names.includes(receiver)) ctx.addIssue({ code: "custom", message: `undefined receiver ${receiver}` });
  }
});

describe("Alertmanager's configuration against what upstream knows", () => {
  it("is compared with the version that the pinned chart runs", () => {
    assert.equal(lockedChart(upstream.chart.name).version, upstream.chart.version);
  });

  for (const receiver of receivers) {
    it(`has only keys of Alertmanager ${upstream.sources[0]?.version ?? ""}, and keeps its rules: ${receiver.type}`, () => {
      const result = configuration.safeParse(filled(alertmanagerConfig(receiver), "https://example.nl/x?a=1&b=2"));
      assert.ok(result.success, result.success ? "" : z.prettifyError(result.error));
    });
  }

  it("would notice a key, a receiver and a matcher that are wrong", () => {
    const text = alertmanagerConfig({ type: "webhook" });
    for (const [right, wrong] of [
      ["resolve_timeout", "resolve_time"],
      ["receiver: nobody", "receiver: somebody"],
      ['alertname="Watchdog"', "alertname=Watchdog"],
      ["group_interval: 5m", "group_interval: 0s"],
      ["send_resolved", "sendResolved"],
    ] as const) {
      assert.ok(text.includes(right), right);
      assert.equal(configuration.safeParse(filled(text.replace(right, wrong), "x")).success, false, wrong);
    }
  });

  it("keeps a secret as it is, whatever its characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (secret) => {
        const read = configuration.parse(filled(alertmanagerConfig(email), secret));
        const [login] = read.receivers.flatMap(({ email_configs }) => email_configs ?? []);
        assert.equal(login?.["auth_password"], secret);
      }),
    );
  });
});
