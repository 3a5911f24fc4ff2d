import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { filesWithHooks, hookReport } from "../../../cli/charts/hooks";
import { chartCacheRoot } from "../../../components/charts/cache";
import { declaresHook, hookProblems } from "../../../components/charts/hooks";
import { allChartFacts } from "../../../components/operators/frame/charts";
import { chartLock, type LockedChart } from "../../../components/charts/lock";
import { chartPackage } from "../../cli/charts/tarball";
import { needCharts, skip } from "../../support/needs";

describe("Helm hooks", () => {
  it("are answered for every pinned chart, each file once, each with a reason", () => {
    const facts = allChartFacts();
    assert.deepEqual([...facts.keys()].sort(), [...chartLock.keys()].sort());
    for (const [chart, { hooks: answers }] of facts) {
      const files = answers.flatMap((answer) => answer.files);
      assert.equal(new Set(files).size, files.length, chart);
      for (const answer of answers) assert.ok(answer.by.length > 20 && answer.files.length > 0, chart);
    }
  });

  it("are known by their annotation, quoted or not, but not in comments", () => {
    assert.ok(declaresHook('    "helm.sh/hook": pre-delete'));
    assert.ok(declaresHook("annotations:\n  helm.sh/hook: {{ .Values.x }}"));
    assert.ok(!declaresHook("  # helm.sh/hook: test\n  helm.sh/hook-weight: 1"));
  });

  it("that nobody answers for, and answers to hooks that are gone, are problems", () => {
    const answers = [{ files: ["templates/a.yaml", "templates/old.yaml"], answer: "replaced" as const, by: "x" }];
    assert.deepEqual(hookProblems("demo", ["templates/a.yaml", "templates/new.yaml"], answers), [
      { chart: "demo", file: "templates/new.yaml", problem: "unlisted" },
      { chart: "demo", file: "templates/old.yaml", problem: "gone" },
    ]);
  });

  it("are found in templates, helpers, values and packaged subcharts, not in what Helm leaves out or never renders", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hooks-"));
    const hook = 'metadata:\n  annotations:\n    "helm.sh/hook": post-install\n';
    const write = (file: string, content: string | Buffer) => {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), content);
    };
    for (const file of [
      "templates/job.yaml",
      "templates/_h.tpl",
      "values.yaml",
      "charts/sub/templates/x.yaml",
      "tests/job_test.yaml",
      "templates/tests/pod.yaml",
      "templates/tests/kept.yaml",
      "templates/draft-1.yaml",
      "README.md",
    ])
      write(file, hook);
    write(
      ".helmignore",
      "# none of these is in a package\n/templates/tests/pod.yaml\n  draft-?.yaml\n*.y\n!kept.yaml\nkept.yaml/\n",
    );
    write("templates/none.yaml", "kind: Pod\n");
    write(
      "charts/inner-0.1.0.tgz",
      chartPackage("inner", "0.1.0", [{ path: "inner/templates/y.yaml", content: hook }]),
    );
    assert.deepEqual(filesWithHooks(folder), [
      "charts/inner/templates/y.yaml",
      "charts/sub/templates/x.yaml",
      "templates/_h.tpl",
      "templates/job.yaml",
      "templates/tests/kept.yaml",
      "values.yaml",
    ]);
    write(".helmignore", "tests/\n");
    assert.deepEqual(
      filesWithHooks(folder).filter((file) => /tests|draft/.test(file)),
      ["templates/draft-1.yaml"],
    );
    fs.rmSync(folder, { recursive: true });
  });

  it("without a cache the committed answers are printed, and said not to be compared", () => {
    const { lines, problems } = hookReport([...chartLock.values()], "/nowhere");
    assert.deepEqual(problems, []);
    assert.match(
      lines.join("\n"),
      /kyverno 3\.9\.0 \(not in the cache: the committed data, not compared\)\n  replaced: .*kyverno migrate/,
    );
  });

  it("an unknown hook of a cached chart is a problem in the report", () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "hooks-"));
    const velero: LockedChart = {
      name: "velero",
      version: "9.9.9",
      appVersion: "1",
      url: "https://x.example",
      unverified: "x",
    };
    fs.mkdirSync(path.join(root, "velero-9.9.9/templates"), { recursive: true });
    fs.writeFileSync(path.join(root, "velero-9.9.9/templates/new.yaml"), "  helm.sh/hook: pre-delete\n");
    const { lines, problems } = hookReport([velero], root);
    assert.ok(problems.some(({ file, problem }) => file === "templates/new.yaml" && problem === "unlisted"));
    assert.match(lines.join("\n"), /PROBLEM: templates\/new\.yaml holds a hook that nobody answers for/);
    fs.rmSync(root, { recursive: true });
  });

  it("the charts in this machine's cache hold exactly the hooks that are answered for", function () {
    const root = chartCacheRoot(process.env, os.homedir());
    const cached = [...chartLock.values()].filter((chart) =>
      fs.existsSync(path.join(root, `${chart.name}-${chart.version}`)),
    );
    needCharts(this, []);
    if (cached.length === 0) skip(this, "the chart cache is empty: npm run charts -- pull");
    assert.deepEqual(hookReport(cached, root).problems, []);
  });
});
