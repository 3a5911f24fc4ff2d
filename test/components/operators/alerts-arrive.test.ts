import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stringify } from "yaml";
import { freePort } from "../../../embedded/cluster/ports";
import { everything, facts } from "./support";
import { below } from "./support-upstream";
import { planOperators } from "../../../components/operators/frame/stack";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { needTools } from "../../support/needs";

interface Arrived {
  readonly where: string;
  readonly body: string;
}

/** Each severity of each owner, and what belongs to no app. */
const alerts = [
  ["mijnbureau-docs", "critical"],
  ["mijnbureau-docs", "warning"],
  ["mijnbureau-docs", "info"],
  ["mijnbureau-nextcloud", "critical"],
  ["mijnbureau-nextcloud", "warning"],
  ["mijnbureau-keycloak", "critical"],
  ["velero", "warning"],
] as const;

/** The real Prometheus and the real Alertmanager, on what the stack gives both; receivers are servers of the test. */
describe("alerts arrive at those whom they are for", function () {
  this.timeout(120_000);
  let folder = "";
  let server: Server | undefined;
  const arrived: Arrived[] = [];
  const running: ChildProcess[] = [];

  before(async function () {
    const { prometheus, alertmanager } = await needTools(this, "prometheus", "alertmanager");
    folder = mkdtempSync(join(tmpdir(), "alerts-"));
    const [hook, prometheusPort, alertmanagerPort] = [await freePort(), await freePort(), await freePort()];
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        arrived.push({ where: request.url ?? "", body });
        response.setHeader("content-type", "application/json").end('{"ok":true}');
      });
    }).listen(hook, "127.0.0.1");

    const url = (path: string): string => `http://127.0.0.1:${hook}/${path}`;
    const settings = operatorSettings({
      ...everything,
      prometheus: {
        receiver: { type: "webhook" },
        deadMansSwitch: "https://dms.example.nl",
        teams: {
          "team-docs": { type: "slack", settings: { channel: "#docs" } },
          "team-files": { type: "mattermost" },
        },
      },
    });
    assert.ok(settings.success);
    const owners: Readonly<Record<string, string>> = { docs: "team-docs", nextcloud: "team-files" };
    const apps = facts.apps.map((app) => ({ ...app, owner: owners[app.key] ?? facts.owner }));
    const plan = planOperators(settings.data, { ...facts, apps }).find(
      (each) => each.plan.operator === "prometheus",
    )?.plan;
    const given = plan?.secrets.flatMap((source) =>
      source.from === "store" && source.name === "alertmanager-config" ? [source] : [],
    )[0];
    const template = given?.template?.["alertmanager.yaml"] ?? "";
    // STAND-IN for External Secrets: each value is an address that tells which property of which entry it is.
    const config = template.replace(/\{\{ \.(\w+) \| toJson \}\}/g, (_, name: string) => {
      const { key, property } = given?.values[name] ?? { key: "", property: "" };
      return JSON.stringify(url(`${key}/${property}`));
    });
    // Half a minute and more is for people, not for a test.
    writeFileSync(join(folder, "alertmanager.yaml"), config.replaceAll(/group_wait: \d+s/g, "group_wait: 1s"));
    const relabel = below(plan?.chart?.values, "prometheus", "prometheusSpec", "additionalAlertRelabelConfigs");
    const rule = (namespace: string, severity: string) => ({
      alert: `Alert-${namespace}-${severity}`,
      expr: "vector(1)",
      // An app's own rule may say whose it is; it does not count.
      labels: { severity, namespace, owner: "team-files" },
    });
    writeFileSync(
      join(folder, "rules.yaml"),
      stringify({
        groups: [
          {
            name: "a",
            rules: [
              ...alerts.map(([namespace, severity]) => rule(namespace, severity)),
              { alert: "Watchdog", expr: "vector(1)", labels: { severity: "none" } },
            ],
          },
        ],
      }),
    );
    writeFileSync(
      join(folder, "prometheus.yaml"),
      stringify({
        global: { evaluation_interval: "1s" },
        rule_files: [join(folder, "rules.yaml")],
        alerting: {
          alert_relabel_configs: relabel,
          alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }],
        },
      }),
    );
    running.push(
      spawn(
        alertmanager,
        [
          `--config.file=${join(folder, "alertmanager.yaml")}`,
          `--storage.path=${join(folder, "alertmanager")}`,
          `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
          "--cluster.listen-address=",
        ],
        { stdio: "ignore" },
      ),
      spawn(
        prometheus,
        [
          `--config.file=${join(folder, "prometheus.yaml")}`,
          `--storage.tsdb.path=${join(folder, "prometheus")}`,
          `--web.listen-address=127.0.0.1:${prometheusPort}`,
        ],
        { stdio: "ignore" },
      ),
    );
    const wanted = alerts.filter(([, severity]) => severity !== "info").length + 1;
    for (let waited = 0; waited < 90 && named().size < wanted; waited += 1) await setTimeout(1000);
  });
  after(async () => {
    const ended = running.map((child) => new Promise((done) => child.once("exit", done)));
    for (const child of running) child.kill("SIGKILL");
    await Promise.all(ended);
    server?.close();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  /** Name of each alert that came, with the places at which it did. */
  function named(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const { where, body } of arrived)
      for (const [name] of body.matchAll(/Alert-[\w-]+-(?:critical|warning|info)|Watchdog/g))
        found.set(name, (found.get(name) ?? new Set()).add(where));
    return found;
  }

  it("each of each severity at its owner's receiver, and those for the record at none", () => {
    const found = Object.fromEntries([...named()].map(([name, places]) => [name, [...places]]));
    const docs = ["/platform/alertmanager-team-docs/api_url"];
    const files = ["/platform/alertmanager-team-files/webhook_url"];
    const others = ["/platform/alertmanager/receiver_url"];
    assert.deepEqual(found, {
      "Alert-mijnbureau-docs-critical": docs,
      "Alert-mijnbureau-docs-warning": docs,
      "Alert-mijnbureau-nextcloud-critical": files,
      "Alert-mijnbureau-nextcloud-warning": files,
      "Alert-mijnbureau-keycloak-critical": others,
      "Alert-velero-warning": others,
      Watchdog: ["/platform/alertmanager/dead_mans_switch_url"],
    });
  });
});
