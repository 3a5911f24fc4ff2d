import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { crds, list, mirror, verify, type CommandContext } from "../../cli/charts/commands";
import { ChartsError } from "../../cli/charts/error";
import { listImages, operatorImages, suiteImages, type ImagePlan } from "../../cli/charts/images";
import { pullCharts } from "../../cli/charts/pull";
import { stackConfig } from "../../components/stack-file";
import { command as charts } from "../../cli/charts";
import { execute } from "../../cli/command";
import { command as images } from "../../cli/images";
import { packageDigest } from "../../components/charts/archive";
import { ChartError } from "../../components/charts/chart";
import type { LockedChart } from "../../components/charts/lock";
import { chartPackage } from "./charts/tarball";
import { needFile } from "../support/needs";
import { assertMatches } from "../support/match";
import { UserError } from "../../lib/errors";

const crd = JSON.stringify({
  kind: "CustomResourceDefinition",
  metadata: { name: "backups.velero.io" },
  spec: { group: "velero.io" },
});

/** A package under the name of a pinned chart, for the places that CRDs are looked for by name. */
function packaged(name: string, files: Readonly<Record<string, string>> = {}): [LockedChart, Buffer] {
  const entries = Object.entries(files).map(([file, content]) => ({ path: `${name}/${file}`, content }));
  const content = chartPackage(name, "1.0.0", entries);
  return [
    { name, version: "1.0.0", appVersion: "1", url: "https://x.example", digest: packageDigest(content) },
    content,
  ];
}

describe("charts command", () => {
  let root: string;
  let lines: string[];
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "charts-"));
    lines = [];
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  function context(charts: readonly LockedChart[], helm: () => Promise<string> = noHelm): CommandContext {
    return { charts, cacheRoot: path.join(root, "cache"), helm, print: (line) => lines.push(line) };
  }
  const noHelm = () => Promise.reject(new ChartsError("no helm here"));

  async function fill(...packages: readonly [LockedChart, Buffer][]): Promise<void> {
    for (const [chart, content] of packages) fs.writeFileSync(path.join(root, `${chart.name}-1.0.0.tgz`), content);
    const charts = packages.map(([chart]) => chart);
    await pullCharts(charts, {
      cacheRoot: path.join(root, "cache"),
      from: root,
      http: { env: {} },
      report: () => undefined,
    });
  }

  it("verify says what is sound, what is missing and what lacks its CRDs, and fails on the latter two", async () => {
    const falco = packaged("falco");
    const velero = packaged("velero", { "crds/a.yaml": crd });
    await fill(falco);
    assert.equal(verify(context([falco[0]])), true);
    assert.equal(verify(context([falco[0], velero[0]])), false);
    await fill(velero);
    assert.equal(verify(context([velero[0]])), false);
    await crds(context([velero[0]]), false);
    assert.equal(verify(context([velero[0]])), true);
    assert.deepEqual(lines, [
      "falco 1.0.0: verified",
      "falco 1.0.0: verified",
      "velero 1.0.0: missing. Fetch it: npm run charts -- pull velero",
      "velero 1.0.0: verified. Its CRDs are not prepared: npm run charts -- crds velero",
      "velero 1.0.0: 1 CRDs prepared",
      "velero 1.0.0: verified",
    ]);
  });

  it("verify fails on a changed chart", async () => {
    const falco = packaged("falco");
    await fill(falco);
    fs.appendFileSync(path.join(root, "cache/falco-1.0.0/Chart.yaml"), "#");
    assert.equal(verify(context([falco[0]])), false);
    assert.match(lines.join(), /damaged: Chart\.yaml differs from its package\. Fetch it/);
  });

  it("crds needs no Helm for plain files, and names every chart that it could not do", async () => {
    const velero = packaged("velero", { "crds/a.yaml": crd });
    const trivy = packaged("trivy-operator");
    const kyverno = packaged("kyverno");
    await fill(velero, trivy, kyverno);
    await assert.rejects(
      crds(context([velero, trivy, kyverno].map(([chart]) => chart)), true),
      /trivy-operator 1\.0\.0: .*holds no CRD[^]*kyverno 1\.0\.0: its CRDs are not prepared: no helm here[^]*npm run charts -- crds/,
    );
    assert.deepEqual(lines, ["velero 1.0.0: 1 CRDs prepared"]);
  });

  it("list aligns a row per chart with its state", async () => {
    const falco = packaged("falco");
    await fill(falco);
    list(context([falco[0], packaged("velero")[0]]));
    assert.deepEqual(lines, [
      "CHART   VERSION  APP  CACHE     UPSTREAM",
      "falco   1.0.0    1    verified  https://x.example",
      "velero  1.0.0    1    missing   https://x.example",
    ]);
  });

  it("mirror prints what it would push, pushes only when told to, and never a chart that is not sound", async () => {
    const falco = packaged("falco");
    await fill(falco);
    const helm = path.join(root, "helm");
    fs.writeFileSync(helm, `#!/bin/sh\necho "$@" >> ${path.join(root, "calls")}\n`, { mode: 0o755 });
    const charts = [falco[0], packaged("velero")[0]];
    const to = "oci://registry.example.nl/charts";
    await assert.rejects(
      mirror(
        context(
          [charts[0]].flatMap((chart) => chart ?? []),
          noHelm,
        ),
        "https://x",
        false,
      ),
      /--to https:\/\/x: charts are mirrored to an OCI/,
    );
    await assert.rejects(
      mirror(
        context(charts, () => Promise.resolve(helm)),
        to,
        true,
      ),
      /^Error: chart velero 1\.0\.0: no sound package/,
    );
    const command = `push ${path.join(root, "cache/falco-1.0.0.tgz")} ${to}`;
    assert.deepEqual(lines, [`helm ${command}`]);
    assert.equal(fs.readFileSync(path.join(root, "calls"), "utf8"), `${command}\n`);
    await mirror(context([falco[0]]), to, false);
    assert.equal(fs.readFileSync(path.join(root, "calls"), "utf8"), `${command}\n`);
  });

  describe("command line", () => {
    let printed: { out: string[]; err: string[] };
    const original = { log: console.log, error: console.error };
    beforeEach(() => {
      printed = { out: [], err: [] };
      console.log = (text: string) => void printed.out.push(text);
      console.error = (text: string) => void printed.err.push(text);
    });
    afterEach(() => Object.assign(console, original));

    for (const [args, message] of [
      [["frobnicate"], /there is no command "frobnicate"/],
      [["pull", "nginx"], /there is no chart "nginx"; there are .*kyverno/],
      [["pull", "--form", "x"], /there is no option --form/],
      [["mirror"], /mirror needs --to/],
    ] as const) {
      it(`${args.join(" ")}: wrong use, status 2, with the usage and no stack trace`, async () => {
        assert.equal(await execute(charts, args), 2);
        assert.match(printed.err.join("\n"), message);
        assert.match(printed.err.join("\n"), /Usage: npm run charts/);
        assert.doesNotMatch(printed.err.join("\n"), /\n\s+at /);
      });
    }

    it("an upstream that cannot be reached: status 1, with chart, address and way out, no stack trace", async () => {
      const before = { ...process.env };
      Object.assign(process.env, { XDG_CACHE_HOME: root, NO_PROXY: "*" });
      try {
        assert.equal(await execute(charts, ["pull", "velero", "--from", "http://127.0.0.1:1"]), 1);
      } finally {
        for (const name of ["XDG_CACHE_HOME", "NO_PROXY"]) delete process.env[name];
        Object.assign(process.env, before);
      }
      const errors = printed.err.join("\n");
      assert.match(
        errors,
        /^charts: chart velero 12\.1\.0: http:\/\/127\.0\.0\.1:1\/velero-12\.1\.0\.tgz: no answer: .*ECONNREFUSED/,
      );
      assert.doesNotMatch(errors, /\n\s+at /);
    });

    it("help is printed where it is asked for, and with what is wrong", async () => {
      assert.equal(await execute(charts, ["--help"]), 0);
      assertMatches(printed.out, [/^Usage/]);
      assert.equal(await execute(charts, []), 2);
    });

    it("images: wrong use and unreadable input are told apart", async () => {
      assert.equal(await execute(images, ["--suite-only"]), 2);
      assert.equal(await execute(images, ["--format", "list", "--suite-only", root]), 1);
      fs.writeFileSync(path.join(root, "a.yaml"), "image: busybox\n");
      assert.equal(await execute(images, ["--format", "xml", "--suite-only", root]), 2);
      assert.equal(await execute(images, ["--format", "list", "--suite-only", root]), 0);
      assert.deepEqual(printed.out, ["docker.io/library/busybox"]);
      assert.equal(await execute(images, ["--stack", "nowhere"]), 1);
      assert.match(printed.err.join("\n"), /--stack nowhere: there is no .*stacks here: .*dev/);
    });
  });
});

describe("images", () => {
  const plan = (more: Partial<ImagePlan>): ImagePlan => ({
    operator: "demo",
    before: [],
    after: [],
    runtimeImages: [],
    ...more,
  });
  const source = {
    cacheRoot: "/nowhere",
    standInRoot: "/nowhere",
    environment: "prod" as const,
    allowUnverified: false,
  };
  const never = () => Promise.reject(new Error("Helm was asked for"));

  it("of an operator are those of its objects and those that it starts at run time", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x" },
      spec: { containers: [{ image: "grafana/loki:3" }] },
    };
    const plans = [plan({ after: [pod], runtimeImages: ["ghcr.io/eraser-dev/remover:v1", "grafana/loki:3"] })];
    const images = listImages(await operatorImages(plans, source, never, () => undefined));
    assert.deepEqual(images, [
      {
        image: "docker.io/grafana/loki:3",
        repository: "docker.io/grafana/loki",
        tag: "3",
        digest: undefined,
        usedBy: ["operator demo"],
        atRunTime: false,
      },
      {
        image: "ghcr.io/eraser-dev/remover:v1",
        repository: "ghcr.io/eraser-dev/remover",
        tag: "v1",
        digest: undefined,
        usedBy: ["operator demo"],
        atRunTime: true,
      },
    ]);
  });

  it("of a chart that is not there are an error, not an empty list", async () => {
    const plans = [plan({ chart: { entry: "velero", release: "velero", namespace: "velero", values: {} } })];
    await assert.rejects(
      operatorImages(plans, source, never, () => undefined),
      (error) => error instanceof ChartError && /npm run charts -- pull velero/.test(error.message),
    );
  });

  it("named without a tag are completed where the reader adds it, and left out beside their whole reference", () => {
    const use = (reference: string) => ({ reference, user: "u", atRunTime: false });
    const named = ["ghcr.io/a/trivy-db", "ghcr.io/a/remover", "ghcr.io/a/remover:v1", "ghcr.io/a/other"];
    assert.deepEqual(
      listImages(named.map(use)).map(({ image }) => image),
      ["ghcr.io/a/other", "ghcr.io/a/remover:v1", "ghcr.io/a/trivy-db:2"],
    );
  });

  it("split into repository, tag and digest, whatever they have of these", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const use = (reference: string) => ({ reference, user: "u", atRunTime: false });
    const uses = [`host:5000/a/b:1@${digest}`, `host:5000/a/b@${digest}`, "host:5000/a/c"].map(use);
    assert.deepEqual(
      listImages(uses).map(({ repository, tag, digest: found }) => [repository, tag, found]),
      [
        ["host:5000/a/b", "1", digest],
        ["host:5000/a/b", undefined, digest],
        ["host:5000/a/c", undefined, undefined],
      ],
    );
  });

  it("of the suite come from every manifest below a folder; unreadable ones are named", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "suite-"));
    fs.mkdirSync(path.join(folder, "grist"));
    fs.writeFileSync(
      path.join(folder, "grist/all.yaml"),
      "kind: Pod\nspec: {image: a/b:1}\n---\nkind: Pod\nspec: {image: a/b:1}\n",
    );
    fs.writeFileSync(path.join(folder, "notes.txt"), "image: no/no:1");
    assert.deepEqual(
      listImages(suiteImages(folder)).map(({ image, usedBy }) => [image, usedBy]),
      [["docker.io/a/b:1", ["grist/all.yaml"]]],
    );
    fs.writeFileSync(path.join(folder, "bad.yaml"), "a: [");
    assert.throws(() => suiteImages(folder), /bad\.yaml: .*not valid YAML/);
    assert.throws(() => suiteImages(path.join(folder, "nowhere")), /nowhere: does not exist/);
    fs.rmSync(folder, { recursive: true });
  });

  it("of the suite's real manifests are all there (corpus)", function () {
    const corpus = path.join(__dirname, "../../../shared/corpus/mijnbureau/production");
    needFile(this, corpus);
    this.timeout(60_000);
    const images = listImages(suiteImages(corpus));
    assert.ok(images.length >= 20, String(images.length));
    const grist = images.find(({ repository }) => repository.endsWith("gristlabs/grist"));
    assert.match(grist?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
  });
});

describe("stack files", function () {
  this.timeout(120_000);
  const project = path.join(__dirname, "../..");

  it("are read without the engine", () => {
    assert.equal(stackConfig(project, "dev").environment, "dev");
  });

  it("with mistakes are named with every mistake", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
    fs.writeFileSync(path.join(folder, "Pulumi.x.yaml"), "config:\n  mijnbureau-platform:environment: test\n");
    assert.throws(
      () => stackConfig(folder, "x"),
      (error) => error instanceof UserError && /Pulumi\.x\.yaml: [^]*environment: "test"[^]*region/.test(error.message),
    );
    fs.writeFileSync(path.join(folder, "Pulumi.x.yaml"), "nothing: here\n");
    assert.throws(() => stackConfig(folder, "x"), /has no `config:`/);
    fs.rmSync(folder, { recursive: true });
  });
});
