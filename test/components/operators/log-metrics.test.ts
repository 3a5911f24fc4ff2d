import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { podLogs } from "../../../components/operators/alloy/config";
import { alerts } from "../../../components/operators/kube-bench/alerts";
import { FAILURES as NOT_SCANNED, IMAGES } from "../../../components/operators/eraser/results";
import { FAILURES, RUNS } from "../../../components/operators/kube-bench/results";
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

/** The stages as Alloy's reference describes them (loki.process; metrics carry the labels that an entry has left). */
function samplesOf(line: Line): Sample[] {
  const process = readAlloy(config).find(({ name, label }) => name === "loki.process" && label === "counted");
  assert.ok(process !== undefined);
  return inner(process, "stage.match").flatMap((match) => {
    if (!selects(text(match.arguments["selector"]), line)) return [];
    const kept = list(inner(match, "stage.label_keep")[0]?.arguments["values"]);
    // Alloy's regular expressions are RE2; the pattern means the same here but for the way groups are named.
    const pattern = text(inner(match, "stage.regex")[0]?.arguments["expression"]).replaceAll("(?P<", "(?<");
    const extracted = pattern === "" ? {} : (new RegExp(pattern).exec(line.text)?.groups ?? {});
    const asLabels = [...(inner(match, "stage.labels")[0]?.arguments["values"] ?? "").matchAll(/"(\w+)" = ""/g)];
    const all = {
      ...line.labels,
      ...Object.fromEntries(asLabels.map(([, name = ""]) => [name, extracted[name] ?? ""])),
    };
    const labels = Object.fromEntries(
      Object.entries(all).filter(([name, value]) => kept.includes(name) && value !== ""),
    );
    return inner(match, "stage.metrics").flatMap(({ blocks }) =>
      blocks.flatMap(({ name, arguments: given }): Sample[] => {
        const metric = `${text(given["prefix"])}${text(given["name"])}`;
        assert.equal(name, "metric.counter");
        const source = text(given["source"]);
        return source === "" || extracted[source] !== undefined ? [{ metric, labels }] : [];
      }),
    );
  });
}

const bench = {
  namespace: "compliance",
  pod: "kube-bench-node-1",
  container: "kube-bench",
  component: "node",
  node: "worker-1",
};
/** What `kube-bench run` prints (its cmd/common.go), with the lines that are read and their neighbours. */
const printed = `[INFO] 4 Worker Node Security Configuration
[INFO] 4.1 Worker Node Configuration Files
[PASS] 4.1.1 Ensure that the kubelet service file permissions are set to 600 or more restrictive (Automated)
[FAIL] 4.1.9 If the kubelet config.yaml configuration file is being used validate permissions (Automated)
[WARN] 4.2.9 Ensure that the eventRecordQPS argument is set to a level which ensures capture (Manual)
[FAIL] 4.2.12 Ensure that the RotateKubeletServerCertificate argument is set to true (Automated)

== Remediations node ==
4.1.9 Run the following command (using the config file location identified in the Audit step)
chmod 600 /var/lib/kubelet/config.yaml

== Summary node ==
17 checks PASS
2 checks FAIL

== Summary total ==
17 checks PASS
2 checks FAIL`.split("\n");
const keycloak = { namespace: "mijnbureau-keycloak", pod: "keycloak-0", container: "keycloak", component: "server" };
/** Keycloak 26.3: logger `org.keycloak.events`, errors as warnings, whatever the log's level. */
const failedLogin =
  'WARN  [org.keycloak.events] (executor-thread-1) type="LOGIN_ERROR", realmId="a", error="user_not_found"';

describe("metrics that Alloy makes of logs", () => {
  it("are the checks that failed in a run of kube-bench, by number and node, and that it came to its end", () => {
    const labels = { component: "node", node: "worker-1" };
    assert.deepEqual(
      printed.flatMap((line) => samplesOf({ labels: bench, text: line })),
      [
        { metric: FAILURES, labels: { ...labels, test: "4.1.9" } },
        { metric: FAILURES, labels: { ...labels, test: "4.2.12" } },
        { metric: RUNS, labels },
      ],
    );
  });

  it("are not made of other output, and of other containers", () => {
    for (const line of ["unable to get kubelet configuration", "[FAIL] ", "[FAIL] of what?", "see [FAIL] 4.1.1 above"])
      assert.deepEqual(samplesOf({ labels: bench, text: line }), [], line);
    for (const [name, value] of [
      ["container", "other"],
      ["namespace", "docs"],
    ] as const)
      for (const line of printed) assert.deepEqual(samplesOf({ labels: { ...bench, [name]: value }, text: line }), []);
  });

  it("are the images that Eraser took up and those that it could not scan, by node", () => {
    const worker = { namespace: "eraser-system", pod: "eraser-a-x7x2p", container: "trivy-scanner", node: "worker-1" };
    const scanner = (rest: object): string =>
      JSON.stringify({ level: "info", ts: 1764400000, logger: "scanner", ...rest });
    const lines = [
      scanner({ msg: "scanning image with id", imageID: "sha256:1", refs: ["docker.io/a/b@sha256:1"] }),
      scanner({ msg: "scanning image with ref", ref: "docker.io/a/b@sha256:1" }),
      scanner({ level: "error", msg: "error scanning image", stderr: "failed to download vulnerability DB" }),
      scanner({ msg: "Vulnerable", Images: [], "Total count": 0 }),
      scanner({ msg: "scanning complete, waiting for remover to finish..." }),
    ];
    assert.deepEqual(
      lines.flatMap((text) => samplesOf({ labels: worker, text })),
      [IMAGES, NOT_SCANNED].map((metric) => ({ metric, labels: { node: "worker-1" } })),
    );
    assert.deepEqual(samplesOf({ labels: { ...worker, container: "remover" }, text: lines[2] ?? "" }), []);
  });

  it("count failed logins at Keycloak, and nothing else there", () => {
    assert.deepEqual(samplesOf({ labels: keycloak, text: failedLogin }), [
      { metric: "platform_failed_logins_total", labels: { pod: "keycloak-0" } },
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
  const AT = 'namespace="log-agents"';
  /** Samples of a run in each night that has one, of three. */
  const nights = (...there: readonly boolean[]): string =>
    `_x1000 ${there.map((one) => (one ? "1x15 _x1425" : "_x1440")).join(" ")}`;
  const ran = (node: string, nightly: string, component = "node") => ({
    [`${RUNS}{${AT},component="${component}",node="${node}"}`]: nightly,
  });
  const failed = (node: string, test: string, nightly: string, component = "node") => ({
    [`${FAILURES}{${AT},component="${component}",node="${node}",test="${test}"}`]: nightly,
  });
  const both = nights(true, true);
  const first = nights(true, false);
  const last = nights(false, true);
  const known = (...nodes: readonly string[]) =>
    Object.fromEntries(
      nodes.flatMap((node) => [
        [`kube_node_created{job="kube-state-metrics",node="${node}"}`, "0x4000"],
        [`kube_node_info{job="kube-state-metrics",node="${node}",os_image="Ubuntu"}`, "1x4000"],
      ]),
    );
  /** Which alert fires about what, an hour after the second night's run. */
  const cases: readonly [string, string, Readonly<Record<string, string>>, readonly string[]][] = [
    [
      "for another check, though as many fail as before",
      "KubeBenchRegression",
      { ...ran("a", both), ...failed("a", "4.1.1", first), ...failed("a", "4.2.6", last) },
      ['{nodes="node",test="4.2.6"}'],
    ],
    [
      "for a node that has a failure which others had already",
      "KubeBenchRegression",
      { ...ran("a", both), ...ran("b", both), ...failed("a", "4.1.1", both), ...failed("b", "4.1.1", last) },
      ['{nodes="node",test="4.1.1"}'],
    ],
    [
      "for both kinds of node at once",
      "KubeBenchRegression",
      {
        ...ran("a", both),
        ...ran("m", both, "master"),
        ...failed("a", "4.1.1", last),
        ...failed("m", "1.2.1", last, "master"),
      },
      ['{nodes="master",test="1.2.1"}', '{nodes="node",test="4.1.1"}'],
    ],
    [
      "for a new node with what fails nowhere else",
      "KubeBenchRegression",
      { ...ran("a", both), ...ran("new", last), ...failed("new", "4.1.1", last) },
      ['{nodes="node",test="4.1.1"}'],
    ],
    [
      "not for a new node that is as the others are",
      "KubeBenchRegression",
      { ...ran("a", both), ...failed("a", "4.1.1", both), ...ran("new", last), ...failed("new", "4.1.1", last) },
      [],
    ],
    ["not for what fails as before", "KubeBenchRegression", { ...ran("a", both), ...failed("a", "4.1.1", both) }, []],
    ["not where fewer fail", "KubeBenchRegression", { ...ran("a", both), ...failed("a", "4.1.1", first) }, []],
    ["not in the first night", "KubeBenchRegression", { ...ran("a", last), ...failed("a", "4.1.1", last) }, []],
    ["where the last result is too old", "KubeBenchMissing", ran("a", "1x15"), ["{}"]],
    ["not where one run was missed", "KubeBenchMissing", ran("a", first), []],
    [
      "for the node alone that no run reached",
      "KubeBenchNodeUnchecked",
      { ...known("a", "b"), ...ran("a", both) },
      ['{node="b"}'],
    ],
    [
      "not for a node that came today",
      "KubeBenchNodeUnchecked",
      {
        ...known("a"),
        ...ran("a", both),
        'kube_node_created{job="kube-state-metrics",node="new"}': "150000x4000",
        'kube_node_info{job="kube-state-metrics",node="new",os_image="Ubuntu"}': "1x4000",
      },
      [],
    ],
    [
      "not for a node that kube-bench cannot run on",
      "KubeBenchNodeUnchecked",
      {
        ...known("a"),
        ...ran("a", both),
        'kube_node_created{job="kube-state-metrics",node="w"}': "0x4000",
        'kube_node_info{job="kube-state-metrics",node="w",os_image="Windows Server 2025"}': "1x4000",
      },
      [],
    ],
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
            expr: `count by (nodes, test, node) (ALERTS{alertname="${alert}",alertstate="firing"})`,
            eval_time: "3100m",
            exp_samples: fires.map((labels) => ({ labels, value: 1 })),
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
