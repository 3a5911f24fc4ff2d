import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { monitoringObjects } from "../../../components/monitoring";
import { runbookPage, type Alert, type AlertCase } from "../../../components/monitoring/alert";
import { inheritedAlerts } from "../../../components/monitoring/alerts";
import { alertGroups, broughtBy } from "./all";
import { everySource } from "../../../components/monitoring/sources";
import { ruleFile } from "../../../components/monitoring/rules";
import { stackConfig } from "../../../components/stack-file";
import { planPlatform } from "../../../components/plan";
import { needFile, needTools } from "../../support/needs";
import { emptyCluster } from "../../snapshots/stack";
import { metricsOf, selectorsOf } from "./queries";

const run = promisify(execFile);
const root = path.join(__dirname, "../../..");
const facts = { apps: ["mijnbureau-docs", "mijnbureau-keycloak"], sources: everySource };
const every: Alert[] = alertGroups.flatMap((group) => [...group.alerts(facts)]);

/** Every alert in a value, however deep, YAML in strings included. */
function alertsIn(value: unknown): { readonly alert: string; readonly link: unknown }[] {
  if (typeof value === "string") return value.includes("- alert: ") ? alertsIn(parse(value)) : [];
  if (typeof value !== "object" || value === null) return [];
  const name: unknown = Reflect.get(value, "alert");
  const annotations: unknown = Reflect.get(value, "annotations");
  const link: unknown =
    typeof annotations === "object" && annotations !== null ? Reflect.get(annotations, "runbook_url") : undefined;
  return [...(typeof name === "string" ? [{ alert: name, link }] : []), ...Object.values(value).flatMap(alertsIn)];
}

describe("alerts", () => {
  it("have names of their own", () => {
    const names = every.map(({ alert }) => alert);
    assert.deepEqual([...new Set(names)].sort(), [...names].sort());
  });

  it("have a runbook page each, and no page is without an alert", () => {
    const wanted = [...every.map(({ alert }) => alert), ...inheritedAlerts].map((a) => `${runbookPage(a)}.md`);
    const pages = fs.readdirSync(path.join(root, "docs/runbooks")).filter((name) => name !== "README.md");
    assert.deepEqual(pages.sort(), wanted.sort());
  });

  it("have runbooks that say what to do", () => {
    for (const { alert } of every) {
      const page = fs.readFileSync(path.join(root, "docs/runbooks", `${runbookPage(alert)}.md`), "utf8");
      for (const heading of [`# ${alert}`, "## Meaning", "## Look", "## Fix", "## Silence"]) {
        assert.ok(page.includes(`${heading}\n`), `${alert}: no "${heading}"`);
      }
      assert.match(page.slice(page.indexOf("## Look"), page.indexOf("## Fix")), /```sh\n\S/, `${alert}: no command`);
    }
  });

  it("have a case in which they fire and one in which they look at something and keep quiet", () => {
    for (const { alert, expr, fires, quiet } of every) {
      const read = new Set(metricsOf(expr));
      const seen = Object.keys(quiet.series).flatMap(metricsOf);
      assert.ok(
        seen.some((metric) => read.has(metric)),
        `${alert}: nothing of its expression when quiet`,
      );
      assert.notDeepEqual(fires, quiet, alert);
    }
  });

  it("fire by every metric of their expression in some case, but where its absence is what counts", () => {
    const byAbsence: Record<string, string> = {
      BackupMissing: "velero_backup_last_successful_timestamp",
      DefaultDenyMissing: "kube_networkpolicy_created",
      KubeBenchMissing: "platform_kube_bench_runs_total",
    };
    const untried = every.flatMap(({ alert, expr, fires, alsoFires = [] }) => {
      const given = new Set([fires, ...alsoFires].flatMap(({ series }) => Object.keys(series).flatMap(metricsOf)));
      return [...new Set(metricsOf(expr))].filter((metric) => !given.has(metric)).map((metric) => [alert, metric]);
    });
    assert.deepEqual(Object.fromEntries(untried), byAbsence);
  });

  it("look only at series whose job or namespace no app can forge", () => {
    const open = every.flatMap(({ alert, expr }) =>
      selectorsOf(expr)
        .filter(({ matchers }) => !/(^|,)(job|namespace)=~?"[^"]/.test(matchers))
        .map(({ metric, matchers }) => `${alert}: ${metric}{${matchers}}`),
    );
    assert.deepEqual(open, []);
  });

  it("look at what an app is by the job that measures it, not by what the app says of itself", () => {
    // What only the app's own exporters know.
    const own = new Set(["SuiteTargetDown", "ObjectStoreFilling"]);
    const ownDatabase = /^Database[A-Z][A-Za-z]+$/;
    const open = every.flatMap(({ alert, expr }) =>
      selectorsOf(expr)
        .filter(({ matchers }) => facts.apps.some((app) => matchers.includes(app)) && !/(^|,)job="/.test(matchers))
        .map(({ metric }) => `${alert}: ${metric}`),
    );
    assert.deepEqual(
      open.filter((line) => {
        const [alert = ""] = line.split(":");
        return !own.has(alert) && !ownDatabase.test(alert) && !line.includes("haproxy_");
      }),
      [],
    );
  });

  it("that are inherited exist in the pinned chart", function () {
    const file = path.join(root, "../shared/corpus/operators/kube-prometheus-stack/hardened.yaml");
    needFile(this, file);
    const rendered = fs.readFileSync(file, "utf8");
    for (const name of inheritedAlerts) assert.ok(rendered.includes(`- alert: ${name}\n`), name);
  });

  it("exist for what is installed only", () => {
    const names = (...operators: string[]) =>
      monitoringObjects({ ...broughtBy(...operators), ...facts, monitoringNamespace: "monitoring" })
        .filter(({ kind }) => kind === "PrometheusRule")
        .map(({ metadata }) => metadata.name);
    const common = ["platform", "suite", "calendar"].map((group) => `mijnbureau-platform-${group}`);
    assert.deepEqual(names(), common);
    assert.deepEqual(names("velero"), [...common, "mijnbureau-platform-velero"]);
  });

  it("link to the configured address of the runbooks", () => {
    const objects = monitoringObjects({
      ...broughtBy(),
      ...facts,
      monitoringNamespace: "monitoring",
      runbooks: "https://git.example/platform/docs/runbooks/",
    });
    assert.ok(JSON.stringify(objects).includes('"https://git.example/platform/docs/runbooks/default-deny-missing.md"'));
  });

  it("all carry runbook_url, below the stack's own address", () => {
    const base = "https://git.example/docs/runbooks";
    const config = stackConfig(".", "prod-nl-west");
    const plan = planPlatform(
      { ...config, monitoring: { ...config.monitoring, runbookUrl: base } },
      emptyCluster,
      "2026-11-22",
    );
    const found = new Map<string, unknown>();
    for (const rule of alertsIn(plan.monitoring)) found.set(rule.alert, rule.link);
    assert.ok(found.has("KubeBenchMissing") && found.has("LoginFailures") && found.has("AuditLogMissing"));
    for (const [name, link] of found) assert.equal(link, `${base}/${runbookPage(name)}.md`, name);
  });
});

/** How many instances of the alert fire, as promtool's expression test of the series that Prometheus itself writes. */
function testCase(alert: Alert, { series, at }: AlertCase, firing: boolean) {
  const fires = `ALERTS{alertname="${alert.alert}",alertstate="firing"}`;
  return {
    name: `${alert.alert} ${firing ? "fires" : "keeps quiet"}`,
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count(${fires}) > bool 0 or vector(0)`,
        eval_time: at,
        exp_samples: [{ labels: "{}", value: firing ? 1 : 0 }],
      },
    ],
  };
}

describe("alert rules in Prometheus", () => {
  let promtool: string;
  let folder: string;

  before(async function () {
    ({ promtool } = await needTools(this, "promtool"));
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "alerts-"));
  });

  after(() => {
    if (folder) fs.rmSync(folder, { recursive: true, force: true });
  });

  for (const group of alertGroups) {
    it(`${group.name}: valid, firing and not firing`, async function () {
      this.timeout(300_000);
      const rules = path.join(folder, `${group.name}.yaml`);
      const tests = path.join(folder, `${group.name}.test.yaml`);
      fs.writeFileSync(rules, stringify(ruleFile(group, facts)));
      fs.writeFileSync(
        tests,
        stringify({
          rule_files: [rules],
          // A day of minutes takes promtool a minute of CPU.
          evaluation_interval: group.name === "trivy-operator" ? "5m" : "1m",
          tests: group
            .alerts(facts)
            .flatMap((alert) => [
              ...[alert.fires, ...(alert.alsoFires ?? [])].map((given) => testCase(alert, given, true)),
              testCase(alert, alert.quiet, false),
            ]),
        }),
      );
      const checked = await run(promtool, ["check", "rules", "--lint=all", "--lint-fatal", rules]);
      assert.match(checked.stdout, /SUCCESS/);
      const tested = await run(promtool, ["test", "rules", tests]).catch(
        (error: { stdout: string; stderr: string }) => error,
      );
      assert.match(tested.stdout, /SUCCESS/, `${tested.stdout}${tested.stderr}`);
    });
  }
});
