import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ChartsError } from "../../cli/charts/error";
import { pinCharts } from "../../cli/charts/pin";
import { pullCharts } from "../../cli/charts/pull";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { packageDigest } from "../../components/charts/archive";
import { ChartError, resolveCharts } from "../../components/charts/chart";
import { chartLock, parseLock, type LockedChart } from "../../components/charts/lock";
import { projectRoot } from "../../embedded/toolchain";
import { serve, type TestServer } from "./charts/server";
import { chartPackage } from "./charts/tarball";

const http = { env: {}, idleTimeoutMs: 2_000 };

/** Every project's package and index, at one place. */
class Upstream {
  readonly packages = new Map<string, Buffer>();
  readonly said = new Map<string, string>();
  private constructor(readonly server: TestServer) {}

  static async start(charts: readonly Pick<LockedChart, "name" | "version">[]): Promise<Upstream> {
    const upstream: Upstream = new Upstream(
      await serve((request, response) => upstream.answer(request.url ?? "", response)),
    );
    for (const { name, version } of charts) {
      const content = chartPackage(name, version);
      upstream.packages.set(`/${name}-${version}.tgz`, content);
      upstream.said.set(name, packageDigest(content).replace("sha256:", ""));
    }
    return upstream;
  }

  /** The chart as it is pinned, but published here. */
  moved({ name, version, appVersion, digest }: LockedChart, without?: "no digest"): Record<string, unknown> {
    // By schema a lock names https only; the server of the test is reached without (`published`).
    const url = `https://upstream.example/${name}-${version}.tgz`;
    return {
      version,
      appVersion,
      url,
      unverified: "not checked yet",
      ...(digest === undefined || without !== undefined ? {} : { digest }),
    };
  }

  private answer(url: string, response: { statusCode: number; end: (body?: string | Buffer) => void }): void {
    const content = this.packages.get(url);
    if (content !== undefined) response.end(content);
    else if (url.endsWith("/index.yaml")) response.end(this.index());
    else {
      response.statusCode = 404;
      response.end();
    }
  }

  private index(): string {
    const lines = [...this.packages.keys()].map((file) => {
      const [, name = "", version = ""] = /^\/(.+?)-(v?\d.*)\.tgz$/.exec(file) ?? [];
      const digest = this.said.get(name);
      return `  ${name}:\n  - version: ${version}\n    created: 2026-01-01T00:00:00Z${digest === undefined ? "" : `\n    digest: ${digest}`}`;
    });
    return `apiVersion: v1\nentries:\n${lines.join("\n")}\n`;
  }
}

describe("charts pin", function () {
  this.timeout(300_000);
  let root: string;
  let upstream: Upstream;
  const demo = { name: "demo", version: "1.0.0" };

  beforeEach(async () => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "pin-"));
    upstream = await Upstream.start([demo, ...chartLock.values()]);
  });
  afterEach(async () => {
    await upstream.server.close();
    fs.rmSync(root, { recursive: true, force: true });
  });

  const lockFile = (): string => path.join(root, "charts.lock.json");
  function locked(charts: Readonly<Record<string, unknown>>): LockedChart[] {
    fs.writeFileSync(lockFile(), JSON.stringify({ charts }));
    return [...parseLock({ charts }).values()].map((chart) => published(chart));
  }
  const published = (chart: LockedChart): LockedChart => ({
    ...chart,
    url: chart.url.replace("https://upstream.example", upstream.server.origin),
    repo: upstream.server.origin,
  });
  const pin = (charts: readonly LockedChart[]): Promise<void> =>
    pinCharts(charts, { lockFile: lockFile(), http, report: () => undefined });
  const inLock = (): ReadonlyMap<string, LockedChart> => parseLock(JSON.parse(fs.readFileSync(lockFile(), "utf8")));

  it("writes the digest on which the index and the package agree, and nothing else", async () => {
    const one = upstream.moved({ ...demo, appVersion: "1", url: "" });
    const other = {
      version: "9",
      appVersion: "9",
      url: "https://x.example/other.tgz",
      digest: `sha256:${"a".repeat(64)}`,
    };
    await pin(locked({ demo: one, other }));
    const expected = packageDigest(upstream.packages.get("/demo-1.0.0.tgz") ?? Buffer.of());
    assert.equal(inLock().get("demo")?.digest, expected);
    assert.equal(inLock().get("demo")?.unverified, undefined);
    assert.deepEqual(inLock().get("other"), { name: "other", ...other });
  });

  for (const [what, change, message] of [
    [
      "an index that says another digest",
      () => upstream.said.set("demo", "b".repeat(64)),
      /sources disagree: .*index\.yaml has sha256:b+/,
    ],
    [
      "a package that is another",
      () => upstream.packages.set("/demo-1.0.0.tgz", chartPackage("demo", "1.0.1")),
      /sources disagree/,
    ],
    ["an index without the digest", () => upstream.said.delete("demo"), /has no digest of demo 1\.0\.0/],
    ["a package that is gone", () => upstream.packages.delete("/demo-1.0.0.tgz"), /has no digest of demo|status 404/],
  ] as const) {
    it(`refuses ${what}, and writes nothing, also for the others`, async () => {
      const charts = locked({
        demo: upstream.moved({ ...demo, appVersion: "1", url: "" }),
        loki: upstream.moved({
          ...demo,
          name: "loki",
          version: chartLock.get("loki")?.version ?? "",
          appVersion: "1",
          url: "",
        }),
      });
      const before = fs.readFileSync(lockFile(), "utf8");
      change();
      await assert.rejects(pin(charts), (error) => error instanceof ChartsError && message.test(error.message));
      assert.equal(fs.readFileSync(lockFile(), "utf8"), before);
    });
  }

  it("refuses a digest of the lock that neither confirms", async () => {
    const digest = `sha256:${"c".repeat(64)}`;
    const charts = locked({ demo: { ...upstream.moved({ ...demo, appVersion: "1", url: "" }), digest } });
    await assert.rejects(pin(charts), /charts\.lock\.json has sha256:c+/);
  });

  it("says what to do where a project has no index", async () => {
    const charts = locked({ demo: upstream.moved({ ...demo, appVersion: "1", url: "" }) }).map(
      ({ name, version, appVersion, url, unverified = "" }) => ({ name, version, appVersion, url, unverified }),
    );
    await assert.rejects(pin(charts), /publishes no index with a digest/);
  });

  describe("and pull make every shipped stack complete", () => {
    const stacks = fs.readdirSync(projectRoot()).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    for (const stack of stacks) {
      it(stack, async () => {
        const config = stackConfig(projectRoot(), stack);
        const plan = stackPlan(config);
        const names = [
          ...new Set([...plan.operators.flatMap(({ plan: { chart } }) => chart?.entry ?? []), ...plan.crds]),
        ];
        assert.ok(names.length > 10);
        for (const name of names) {
          const chart = chartLock.get(name);
          assert.ok(chart?.repo !== undefined || chart?.url.startsWith("oci://") === true, `${name} cannot be pinned`);
        }
        const source = {
          cacheRoot: path.join(root, "cache"),
          standInRoot: "/nowhere",
          environment: "prod" as const,
          allowUnverified: false,
        };
        const pinned = names.flatMap((name) => chartLock.get(name) ?? []);
        const charts = locked(
          Object.fromEntries(pinned.map((chart) => [chart.name, upstream.moved(chart, "no digest")])),
        );
        const pulled = { cacheRoot: source.cacheRoot, from: upstream.server.origin, http, report: () => undefined };
        assert.throws(() => resolveCharts(names, { ...source, lock: inLock() }), ChartError);
        await pin(charts);
        await pullCharts([...inLock().values()], pulled);
        const resolved = resolveCharts(names, { ...source, lock: inLock() });
        assert.deepEqual(new Set([...resolved.values()].map(({ origin }) => origin)), new Set(["verified"]));
      });
    }
  });
});
