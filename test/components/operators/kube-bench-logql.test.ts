import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { z } from "zod";
import { kubeBenchRuleFile } from "../../../components/operators/kube-bench/loki-rules";
import { needTools } from "../../support/needs";

const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string(),
      rules: z.array(
        z.union([
          z.strictObject({ record: z.string(), expr: z.string() }),
          z.strictObject({
            alert: z.string(),
            expr: z.string(),
            for: z.string(),
            labels: z.record(z.string(), z.string()),
            annotations: z.record(z.string(), z.string()),
          }),
        ]),
      ),
    }),
  ),
});
const answers = z.array(
  z.object({
    samples: z.array(z.object({ labels: z.record(z.string(), z.string()), value: z.number() })).optional(),
    error: z.string().optional(),
  }),
);
type Sample = NonNullable<z.infer<typeof answers>[number]["samples"]>[number];

const rules = ruleFile.parse(parse(kubeBenchRuleFile("docs/runbooks"))).groups.flatMap((group) => group.rules);
const expression = (name: string): string => {
  const found = rules.find((rule) => ("alert" in rule ? rule.alert : rule.record) === name);
  assert.ok(found !== undefined, name);
  return found.expr;
};

const HOUR = 3_600_000;
const now = Date.parse("2026-06-10T12:00:00Z");

interface Line {
  readonly hoursAgo: number;
  readonly line: string;
  readonly component?: string;
  readonly container?: string;
}

/** What `kube-bench run --json` prints, in one line, with the fields that the rules read and their neighbours. */
const run = (hoursAgo: number, failed: number, component = "node"): Line => ({
  hoursAgo,
  component,
  line: JSON.stringify({
    Controls: [{ id: "4", version: "cis-1.12", node_type: component, tests: [], total_pass: 19, total_fail: failed }],
    Totals: { total_pass: 19, total_fail: failed, total_warn: 40, total_info: 0 },
  }),
});

/** The rules of Loki's ruler, evaluated by Loki's own engine over lines of the last days. */
describe("kube-bench's rules, by Loki's engine", function () {
  this.timeout(60_000);
  let tool: string;

  before(async function () {
    tool = (await needTools(this, "logql")).logql;
  });

  const ask = async (query: string, lines: readonly Line[]): Promise<z.infer<typeof answers>[number]> => {
    const streams = lines.map(({ hoursAgo, line, component = "node", container = "kube-bench" }) => ({
      labels: `{namespace="compliance", container="${container}", component="${component}"}`,
      entries: [{ time: new Date(now - hoursAgo * HOUR).toISOString(), line }],
    }));
    const child = spawn(tool, [], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(JSON.stringify({ time: new Date(now).toISOString(), streams, queries: [query] }));
    const printed: unknown = JSON.parse(await text(child.stdout));
    const [answer] = answers.parse(printed);
    assert.ok(answer !== undefined);
    return answer;
  };
  const evaluate = async (name: string, lines: readonly Line[]): Promise<readonly Sample[]> => {
    const { error, samples } = await ask(expression(name), lines);
    assert.equal(error, undefined);
    return samples ?? [];
  };
  const noise: readonly Line[] = [
    { hoursAgo: 3, line: "unable to get kubelet configuration" },
    { hoursAgo: 3, line: '{"Totals":{"total_fail":"many"}}' },
    { hoursAgo: 3, line: run(0, 99).line, container: "other" },
  ];

  it("records the failed checks per kind of node, the worst node of each", async () => {
    const lines = [run(8, 3), run(25, 5), run(8, 2, "master"), run(40, 9), ...noise];
    const found = await evaluate("kube_bench:failed_checks:max", lines);
    const byComponent = new Map(found.map(({ labels, value }) => [labels["component"], value]));
    assert.deepEqual([...byComponent].sort(), [
      ["master", 2],
      ["node", 5],
    ]);
  });

  it("KubeBenchRegression fires when more checks fail than a day before, for that kind of node only", async () => {
    const lines = [run(33, 3), run(9, 4), run(33, 2, "master"), run(9, 2, "master"), ...noise];
    const found = await evaluate("KubeBenchRegression", lines);
    assert.deepEqual(
      found.map(({ labels, value }) => [labels, value]),
      [[{ component: "node" }, 4]],
    );
  });

  for (const [why, lines] of [
    ["as many fail", [run(33, 3), run(9, 3)]],
    ["fewer fail", [run(33, 3), run(9, 1)]],
    ["there is nothing to compare with", [run(9, 3)]],
    ["the last run printed no result", [run(33, 3), ...noise]],
    ["the increase was days ago", [run(81, 3), run(57, 5), run(33, 5), run(9, 5)]],
  ] as const) {
    it(`KubeBenchRegression keeps quiet where ${why}`, async () => {
      assert.deepEqual(await evaluate("KubeBenchRegression", lines), []);
    });
  }

  it("KubeBenchMissing fires without any output for two days, other containers' aside", async () => {
    const [fires, ...others] = await evaluate("KubeBenchMissing", [run(51, 3), ...noise.slice(2)]);
    assert.equal(fires?.value, 1);
    assert.deepEqual(others, []);
    assert.equal((await evaluate("KubeBenchMissing", [])).length, 1);
  });

  it("KubeBenchMissing keeps quiet where one run was missed, and where both were not", async () => {
    assert.deepEqual(await evaluate("KubeBenchMissing", [run(49, 3)]), []);
    assert.deepEqual(await evaluate("KubeBenchMissing", [run(33, 3), run(9, 3)]), []);
  });

  it("would notice an expression that is no LogQL", async () => {
    const { error } = await ask(expression("KubeBenchRegression").replace("unwrap", "unwarp"), []);
    assert.match(error ?? "", /parse error/);
  });
});
