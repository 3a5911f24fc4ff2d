import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { monitoringObjects } from "../../../components/monitoring";
import { everySource } from "../../../components/monitoring/sources";
import { dashboardConfigMaps } from "../../../components/monitoring/dashboards";
import { grafanaModel } from "../../../components/monitoring/dashboards/dashboard";
import { needTools } from "../../support/needs";
import { allDashboards, broughtBy } from "./all";

const run = promisify(execFile);
const apps = ["mijnbureau-docs", "mijnbureau-grist"];
const dashboards = allDashboards(apps);

describe("dashboards", () => {
  it("are shown for what is installed only", () => {
    const names = (...operators: string[]) =>
      monitoringObjects({ ...broughtBy(...operators), apps, sources: everySource, monitoringNamespace: "monitoring" })
        .filter(({ kind }) => kind === "ConfigMap")
        .map(({ metadata }) => metadata.name.replace("dashboard-mijnbureau-", ""));
    assert.deepEqual(names(), ["suite", "platform"]);
    assert.deepEqual(names("velero"), ["suite", "platform", "velero"]);
  });

  it("are ConfigMaps that Grafana's sidecar finds, with JSON in them", () => {
    const maps = dashboardConfigMaps(dashboards, "monitoring");
    assert.deepEqual(
      maps.map(({ metadata }) => metadata.name),
      dashboards.map(({ name }) => `dashboard-mijnbureau-${name}`),
    );
    for (const { metadata, data } of maps) {
      assert.equal(metadata.labels?.["grafana_dashboard"], "1");
      assert.equal(metadata.namespace, "monitoring");
      assert.ok(typeof data === "object" && data !== null);
      for (const text of Object.values(data)) {
        const model: unknown = JSON.parse(String(text));
        assert.ok(typeof model === "object" && model !== null && "uid" in model);
        assert.match(String(model.uid), /^[a-zA-Z0-9_-]{1,40}$/, "Grafana: a uid has at most 40 characters");
      }
    }
    const bytes = dashboardConfigMaps(dashboards, "monitoring").map((map) => JSON.stringify(map).length);
    assert.ok(Math.max(...bytes) < 1_000_000, "etcd takes no more");
  });

  it("do not put panels over each other", () => {
    for (const dashboard of dashboards) {
      const places = grafanaModel(dashboard).panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
      assert.equal(new Set(places).size, places.length, dashboard.name);
    }
  });

  it("ask what Prometheus understands", async function () {
    const { promtool } = await needTools(this, "promtool");
    const queries = dashboards.flatMap(({ panels }) => panels.flatMap(({ lines }) => Object.values(lines)));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dashboards-"));
    try {
      const file = path.join(folder, "queries.yaml");
      const rules = queries.map((expr, index) => ({ record: `dashboard:query:${index}`, expr }));
      fs.writeFileSync(file, stringify({ groups: [{ name: "dashboards", rules }] }));
      const { stdout } = await run(promtool, ["check", "rules", file]);
      assert.ok(stdout.includes(`SUCCESS: ${queries.length} rules found`), stdout);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
