import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { podLogs } from "../../../components/operators/alloy/config";
import { alerts } from "../../../components/operators/kube-bench/alerts";
import { FAILED_CHECKS } from "../../../components/operators/kube-bench/results";
import { ruleFile } from "../../../components/monitoring/rules";
import { needTools } from "../../support/needs";
import { metricsOf } from "../monitoring/queries";
import { alertGroups } from "../monitoring/all";
import { readAlloy, type Block } from "./river";
import { everySource } from "../../../components/monitoring/sources";

const run = promisify(execFile);

const config = podLogs({
  suiteNamespaces: ["mijnbureau-keycloak"],
  securityNamespaces: ["compliance"],
  logStore: true,
  organisation: "example",
  cluster: "prod-nl-west",
  central: undefined,
  keycloak: "mijnbureau-keycloak",
});

interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
}
type Labels = Readonly<Record<string, string>>;

/** What a stage makes of a line: nothing, where Alloy counts nothing. */
interface Sample {
  readonly metric: string;
  readonly labels: Labels;
  readonly set: number | undefined;
}

const inner = (block: Block, name: string): Block[] => block.blocks.filter((each) => each.name === name);
const text = (value: string | undefined): string => String(JSON.parse(value ?? '""'));
const list = (value: string | undefined): string[] =>
  [...(value ?? "").matchAll(/"([^"]*)"/g)].map(([, each]) => each ?? "");

/** A selector of LogQL with equal matchers and filters for what a line contains, all that the configuration uses. */
function selects(selector: string, { labels, text: line }: Line): boolean {
  const [, matchers = "", filters = ""] = /^\{([^}]*)\}(.*)$/.exec(selector) ?? assert.fail(selector);
  const read = (part: string, pattern: RegExp): RegExpMatchArray[] => {
    assert.equal(part.replace(pattern, "").replace(/[,\s]/g, ""), "", `not understood: ${selector}`);
    return [...part.matchAll(pattern)];
  };
  return (
    read(matchers, /(\w+)="([^"]*)"/g).every(([, name = "", value]) => labels[name] === value) &&
    read(filters, /\|= "([^"]*)"/g).every(([, part = ""]) => line.includes(part))
  );
}

/** JMESPath of names alone. */
function valueAt(line: string, path: string): unknown {
  assert.match(path, /^\w+(\.\w+)*$/);
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return undefined;
  }
  for (const key of path.split(".")) {
    found =
      typeof found === "object" && found !== null ? Object.getOwnPropertyDescriptor(found, key)?.value : undefined;
  }
  return found;
}

/** The stages as Alloy's reference describes them (loki.process; metrics carry the labels that an entry has left). */
function samplesOf(line: Line): Sample[] {
  const process = readAlloy(config).find(({ name, label }) => name === "loki.process" && label === "counted");
  assert.ok(process !== undefined);
  return inner(process, "stage.match").flatMap((match) => {
    if (!selects(text(match.arguments["selector"]), line)) return [];
    const kept = list(inner(match, "stage.label_keep")[0]?.arguments["values"]);
    const labels = Object.fromEntries(Object.entries(line.labels).filter(([name]) => kept.includes(name)));
    const [, path] = list(inner(match, "stage.json")[0]?.arguments["expressions"]);
    return inner(match, "stage.metrics").flatMap(({ blocks }) =>
      blocks.flatMap(({ name, arguments: given }): Sample[] => {
        const metric = `${text(given["prefix"])}${text(given["name"])}`;
        if (name === "metric.counter") return [{ metric, labels, set: undefined }];
        const value = path === undefined ? undefined : valueAt(line.text, path);
        return Number.isFinite(Number(value)) && value !== undefined ? [{ metric, labels, set: Number(value) }] : [];
      }),
    );
  });
}

/** What `kube-bench run --json` prints, in one line, with the fields that are read and their neighbours. */
const result = (failed: number | string): string =>
  JSON.stringify({
    Controls: [{ id: "4", version: "cis-1.12", node_type: "node", tests: [], total_pass: 19, total_fail: 7 }],
    Totals: { total_pass: 19, total_fail: failed, total_warn: 40, total_info: 0 },
  });
const bench = { namespace: "compliance", pod: "kube-bench-node-1", container: "kube-bench", component: "node" };
const keycloak = { namespace: "mijnbureau-keycloak", pod: "keycloak-0", container: "keycloak", component: "server" };
/** Keycloak 26.3: logger `org.keycloak.events`, errors as warnings, whatever the log's level. */
const failedLogin =
  'WARN  [org.keycloak.events] (executor-thread-1) type="LOGIN_ERROR", realmId="a", error="user_not_found"';

describe("metrics that Alloy makes of logs", () => {
  it("are the failed checks of a run of kube-bench, by pod and kind of node", () => {
    assert.deepEqual(samplesOf({ labels: bench, text: result(5) }), [
      { metric: FAILED_CHECKS, labels: { pod: "kube-bench-node-1", component: "node" }, set: 5 },
    ]);
  });

  it("are not made of other output, of damaged results, and of other containers", () => {
    for (const line of ["unable to get kubelet configuration", '{"Totals":{}}', result("many"), "[1]"]) {
      assert.deepEqual(samplesOf({ labels: bench, text: line }), [], line);
    }
    assert.deepEqual(samplesOf({ labels: { ...bench, container: "other" }, text: result(99) }), []);
    assert.deepEqual(samplesOf({ labels: { ...bench, namespace: "docs" }, text: result(99) }), []);
  });

  it("count failed logins at Keycloak, and nothing else there", () => {
    assert.deepEqual(samplesOf({ labels: keycloak, text: failedLogin }), [
      { metric: "platform_failed_logins_total", labels: { pod: "keycloak-0" }, set: undefined },
    ]);
    assert.deepEqual(samplesOf({ labels: keycloak, text: "INFO  [org.keycloak.services] (main) KC-SERVICES0050" }), []);
    assert.deepEqual(samplesOf({ labels: { ...keycloak, container: "config-cli" }, text: failedLogin }), []);
  });

  it("are there for every alert that reads one, under its name", () => {
    const made = new Set([...config.matchAll(/^ {8}name\s+= "(\w+)"$/gm)].map(([, name]) => name ?? ""));
    const read = alertGroups
      .flatMap((group) => group.alerts({ apps: [], sources: everySource }))
      .flatMap(({ expr }) => metricsOf(expr))
      .filter((metric) => metric.startsWith("platform_"));
    assert.deepEqual([...new Set(read)].sort(), [...made].sort());
  });
});

describe("kube-bench's alerts over the days, by Prometheus", function () {
  this.timeout(120_000);
  const cronJob = { 'kube_cronjob_created{namespace="compliance"}': "0x4000" };
  const runs = (component: string, values: string) => ({
    [`${FAILED_CHECKS}{namespace="log-agents",component="${component}",exported_pod="${component}-${values.replace(/\W/g, "")}"}`]:
      values,
  });
  /** Which alert fires about which kind of node at the end of the third day, 4000 minutes after the start. */
  const cases: readonly [string, string, Readonly<Record<string, string>>, readonly string[]][] = [
    [
      "only for the kind of node that got worse",
      "KubeBenchRegression",
      { ...runs("node", "_x1300 3x15 _x1425 4x15 _x1400"), ...runs("master", "_x1300 2x15 _x1425 2x15") },
      ["node"],
    ],
    [
      "for both kinds of node at once",
      "KubeBenchRegression",
      { ...runs("node", "_x2400 3x15 _x1425 4x15"), ...runs("master", "_x2400 1x15 _x1425 2x15") },
      ["master", "node"],
    ],
    ["no more when the increase was days ago", "KubeBenchRegression", runs("node", "3x15 _x1425 5x15 _x1425 5x15"), []],
    [
      "where tonight's run is worse than last night's",
      "KubeBenchRegression",
      runs("node", "_x2400 3x15 _x1425 4x15"),
      ["node"],
    ],
    ["not where fewer fail", "KubeBenchRegression", runs("node", "_x2400 3x15 _x1425 1x15"), []],
    ["not where there is nothing to compare with", "KubeBenchRegression", runs("node", "_x3900 3x15"), []],
    ["not where the last run printed no result", "KubeBenchRegression", runs("node", "_x2400 3x15"), []],
    ["where the last result is three days old", "KubeBenchMissing", runs("node", "3x15"), [""]],
    ["not where one run was missed", "KubeBenchMissing", runs("node", "_x1200 3x15"), []],
  ];
  let promtool: string;

  before(async function () {
    ({ promtool } = await needTools(this, "promtool"));
  });

  it("fire and keep quiet", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kube-bench-"));
    try {
      const rules = join(folder, "rules.yaml");
      writeFileSync(rules, stringify(ruleFile(alerts, { apps: [], sources: everySource })));
      const tests = cases.map(([name, alert, series, fires]) => ({
        name: `${alert} ${name}`,
        interval: "1m",
        input_series: Object.entries({ ...cronJob, ...series }).map(([key, values]) => ({ series: key, values })),
        promql_expr_test: [
          {
            expr: `count by (nodes) (ALERTS{alertname="${alert}",alertstate="firing"})`,
            eval_time: "4000m",
            exp_samples: fires.map((component) => ({
              labels: component === "" ? "{}" : `{nodes="${component}"}`,
              value: 1,
            })),
          },
        ],
      }));
      writeFileSync(join(folder, "tests.yaml"), stringify({ rule_files: [rules], evaluation_interval: "5m", tests }));
      const { stdout } = await run(promtool, ["test", "rules", join(folder, "tests.yaml")]);
      assert.match(stdout, /SUCCESS/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
