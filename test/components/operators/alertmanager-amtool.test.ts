import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { alertGroups } from "../monitoring/all";
import type { Receiver } from "../../../components/operators/prometheus/receivers";
import { z } from "zod";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { everything, facts } from "./support";
import { planWith } from "./support-upstream";
import { needTools } from "../../support/needs";
import { everySource } from "../../../components/monitoring/sources";

const run = promisify(execFile);

const email = { type: "email", to: "a@example.nl", from: "b@example.nl", smarthost: "smtp.example.nl:587" } as const;
const receivers: Readonly<Record<string, Receiver>> = {
  webhook: { type: "webhook" },
  "mailbox without login": email,
  "mailbox with login": { ...email, username: "alerts" },
  discord: { type: "discord", settings: { username: "platform" } },
  mattermost: { type: "mattermost", settings: { channel: "platform" } },
  msteams: { type: "msteams", settings: {} },
  opsgenie: { type: "opsgenie", settings: { priority: "P1" } },
  pagerduty: { type: "pagerduty", settings: { severity: "critical" } },
  rocketchat: { type: "rocketchat", settings: { api_url: "https://chat.example.nl", channel: "#platform" } },
  slack: { type: "slack", settings: { channel: "#platform" } },
  victorops: { type: "victorops", settings: { routing_key: "platform" } },
};

/** alertmanager.yaml of a stack, with what External Secrets fills in. */
function configOf(receiver: Receiver): string {
  const { secrets } = planWith("prometheus", {
    ...everything,
    prometheus: { receiver, deadMansSwitch: "https://dms.example.nl" },
  });
  const templates = secrets.flatMap((source) => ("template" in source ? [source.template?.["alertmanager.yaml"]] : []));
  const [text] = templates.filter((template) => template !== undefined);
  assert.ok(text !== undefined);
  return text.replace(/\{\{ \.(\w+) \| toJson \}\}/g, (_, key: string) =>
    JSON.stringify(key === "smtpPassword" ? 'p"a: #ss' : `https://${key.toLowerCase()}.example.nl/hook?a=1&b=2`),
  );
}

/** Alertmanager's own loader and router at the version that the pinned chart runs. */
describe("Alertmanager's configuration, by amtool", function () {
  this.timeout(60_000);
  let amtool: string;
  let folder = "";

  before(async function () {
    ({ amtool } = await needTools(this, "amtool"));
    folder = mkdtempSync(join(tmpdir(), "amtool-"));
  });
  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  const file = (text: string): string => {
    const path = join(folder, "alertmanager.yaml");
    writeFileSync(path, text);
    return path;
  };
  /** Names of the receivers that an alert with these labels reaches. */
  const route = async (text: string, labels: Readonly<Record<string, string>>): Promise<string> => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { stdout } = await run(amtool, ["config", "routes", "test", `--config.file=${file(text)}`, ...pairs]);
    return stdout.trim();
  };

  for (const [name, receiver] of Object.entries(receivers)) {
    it(`is loaded: ${name}`, async () => {
      const { stdout } = await run(amtool, ["check-config", file(configOf(receiver))]);
      assert.match(stdout, /SUCCESS/);
      assert.match(stdout, /3 receivers/);
    });

    it(`sends each alert where it belongs: ${name}`, async () => {
      const text = configOf(receiver);
      assert.equal(await route(text, { alertname: "KubePodCrashLooping", severity: "critical" }), "team");
      assert.equal(await route(text, { alertname: "KubePodCrashLooping", severity: "warning" }), "team");
      assert.equal(await route(text, { alertname: "Anything" }), "team", "an alert without severity is not lost");
      assert.equal(await route(text, { alertname: "InfoInhibitor", severity: "none" }), "nobody");
      assert.equal(await route(text, { alertname: "CPUThrottlingHigh", severity: "info" }), "nobody");
      assert.equal(await route(text, { alertname: "Watchdog", severity: "none" }), "dead-mans-switch");
    });
  }

  it("sends what has an owner with a receiver there, and the rest to the stack's", async () => {
    const { secrets } = planWith("prometheus", {
      ...everything,
      prometheus: {
        receiver: { type: "webhook" },
        teams: { [facts.owner]: { type: "pagerduty" } },
      },
    });
    const [text = ""] = secrets.flatMap((source) =>
      "template" in source ? [source.template?.["alertmanager.yaml"] ?? ""] : [],
    );
    const filled = text.replace(/\{\{ \.\w+ \| toJson \}\}/g, '"https://a.example.nl"');
    const mine = { alertname: "A", owner: facts.owner };
    assert.equal(await route(filled, { ...mine, severity: "critical" }), `team-${facts.owner}`);
    assert.equal(await route(filled, { ...mine, severity: "warning" }), `team-${facts.owner}`);
    assert.equal(await route(filled, { ...mine, severity: "info" }), "nobody");
    assert.equal(await route(filled, { alertname: "A", owner: "another", severity: "critical" }), "team");
    assert.equal(
      await route(filled, { alertname: "Watchdog", severity: "none", owner: facts.owner }),
      "dead-mans-switch",
    );
  });

  it("has settings that name what is wrong with them", () => {
    const says = (receiver: unknown): string => {
      const settings = operatorSettings({ ...everything, prometheus: { receiver } });
      return settings.success ? "" : z.prettifyError(settings.error);
    };
    assert.equal(says({ type: "slack", settings: { channel: "#a" } }), "");
    assert.match(says({ type: "slack" }), /is missing, which slack needs/);
    assert.match(
      says({ type: "slack", settings: { channel: "#a", chanel: "#b" } }),
      /no key of slack here; there is: channel/,
    );
    assert.match(says({ type: "slack", settings: { channel: "#a", api_url: "https://x" } }), /is a secret.*`api_url`/);
    assert.throws(
      () =>
        planWith("prometheus", {
          ...everything,
          prometheus: { receiver: { type: "webhook" }, teams: { nobdy: { type: "webhook" } } },
        }),
      /teams\.nobdy: owns nothing in this stack/,
    );
  });

  it("tells somebody of every alert of the platform, except those for the record", async () => {
    const text = configOf({ type: "webhook" });
    const ours = alertGroups.flatMap((group) => [...group.alerts({ apps: ["mijnbureau-docs"], sources: everySource })]);
    const severities = new Map(ours.map(({ alert, severity }) => [severity, alert] as const));
    assert.deepEqual([...severities.keys()].sort(), ["critical", "info", "warning"]);
    for (const [severity, alertname] of severities) {
      const expected = severity === "info" ? "nobody" : "team";
      assert.equal(await route(text, { alertname, severity }), expected, `${alertname} ${severity}`);
    }
  });

  it("is refused where it is wrong", async () => {
    const text = configOf({ ...email, username: "alerts" });
    for (const [right, wrong, says] of [
      ["receiver: nobody", "receiver: somebody", /undefined receiver "somebody"/],
      ["resolve_timeout", "resolve_time", /field resolve_time not found/],
      ['alertname="Watchdog"', 'alertname"Watchdog"', /matcher|bad|expected/],
      ["group_interval: 5m", "group_interval: 0s", /group_interval cannot be zero/],
      ["smtp.example.nl:587", "smtp.example.nl", /smarthost|port/],
    ] as const) {
      assert.ok(text.includes(right), right);
      const refused = await run(amtool, ["check-config", file(text.replace(right, wrong))]).then(
        () => undefined,
        (error: unknown) => String(Reflect.get(Object(error), "stdout")) + String(Reflect.get(Object(error), "stderr")),
      );
      assert.match(refused ?? "accepted", says, wrong);
    }
  });
});
