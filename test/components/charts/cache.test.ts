import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { packageDigest, readChartArchive } from "../../../components/charts/archive";
import { cacheEntry, chartCacheRoot, inspectCache } from "../../../components/charts/cache";
import {
  ChartError,
  originNotices,
  resolveChart,
  resolveCharts,
  type ChartSource,
} from "../../../components/charts/chart";
import { parseLock, type LockedChart } from "../../../components/charts/lock";
import { chartPackage } from "../../cli/charts/tarball";

const content = chartPackage("demo", "1.0.0", [{ path: "demo/values.yaml", content: "a: 1\n" }]);
const demo: LockedChart = {
  name: "demo",
  version: "1.0.0",
  appVersion: "1",
  url: "https://charts.example/demo-1.0.0.tgz",
  digest: packageDigest(content),
};

describe("chart cache", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "charts-"));
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  function fill(chart: LockedChart = demo): void {
    const entry = cacheEntry(root, chart);
    fs.writeFileSync(entry.archive, content);
    for (const file of readChartArchive(content, chart.name)) {
      fs.mkdirSync(path.dirname(path.join(entry.directory, file.path)), { recursive: true });
      fs.writeFileSync(path.join(entry.directory, file.path), file.content);
    }
  }

  function source(more: Partial<ChartSource> = {}, chart: LockedChart = demo): ChartSource {
    const standInRoot = path.join(root, "stand-ins");
    return {
      cacheRoot: root,
      standInRoot,
      environment: "prod",
      allowUnverified: false,
      lock: new Map([[chart.name, chart]]),
      ...more,
    };
  }

  function standIn(): void {
    fs.mkdirSync(path.join(root, "stand-ins/demo"), { recursive: true });
    fs.writeFileSync(path.join(root, "stand-ins/demo/Chart.yaml"), "name: demo\n");
  }

  it("follows the XDG base directory, and ignores a relative one as the specification says", () => {
    assert.equal(
      chartCacheRoot({ XDG_CACHE_HOME: "/data/cache" }, "/home/u"),
      "/data/cache/mijnbureau-platform/charts",
    );
    assert.equal(chartCacheRoot({ XDG_CACHE_HOME: "cache" }, "/home/u"), "/home/u/.cache/mijnbureau-platform/charts");
    assert.equal(chartCacheRoot({}, "/home/u"), "/home/u/.cache/mijnbureau-platform/charts");
  });

  it("gives the folder of a verified chart in every environment", () => {
    fill();
    for (const environment of ["dev", "acc", "prod"] as const) {
      const found = resolveChart("demo", source({ environment }));
      assert.deepEqual(found, {
        name: "demo",
        version: "1.0.0",
        path: path.join(root, "demo-1.0.0"),
        origin: "verified",
      });
      assert.deepEqual(originNotices([found]), []);
    }
  });

  const changes: [string, (folder: string) => void, RegExp][] = [
    ["changed", (folder) => fs.appendFileSync(path.join(folder, "values.yaml"), "b: 2\n"), /values.yaml differs/],
    ["added", (folder) => fs.writeFileSync(path.join(folder, "extra.yaml"), ""), /extra.yaml is in its folder but not/],
    ["removed", (folder) => fs.rmSync(path.join(folder, "values.yaml")), /values.yaml of its package is not/],
  ];
  for (const [what, change, message] of changes) {
    it(`refuses a folder in which a file was ${what}, in dev too`, () => {
      fill();
      change(path.join(root, "demo-1.0.0"));
      assert.throws(
        () => resolveChart("demo", source({ environment: "dev" })),
        (error) => {
          assert.ok(error instanceof ChartError);
          assert.match(error.message, message);
          assert.match(error.message, /npm run charts -- pull demo/);
          return true;
        },
      );
    });
  }

  it("refuses a package with another digest than the lock's", () => {
    const other = { ...demo, digest: `sha256:${"0".repeat(64)}` };
    fill(other);
    assert.throws(
      () => resolveChart("demo", source({ environment: "dev", allowUnverified: true }, other)),
      /charts.lock.json says sha256:0000/,
    );
  });

  const unproven: [string, LockedChart, () => void][] = [
    [
      "a package whose digest is not upstream's own",
      { ...demo, unverified: "the index was out of reach" },
      () => undefined,
    ],
    ["a folder without a package", demo, () => fs.rmSync(path.join(root, "demo-1.0.0.tgz"))],
  ];
  for (const [what, chart, prepare] of unproven) {
    it(`takes ${what} in dev, and elsewhere only when told to`, () => {
      fill(chart);
      prepare();
      assert.equal(resolveChart("demo", source({ environment: "dev" }, chart)).origin, "unverified");
      assert.equal(resolveChart("demo", source({ allowUnverified: true }, chart)).origin, "unverified");
      for (const environment of ["acc", "prod"] as const) {
        assert.throws(() => resolveChart("demo", source({ environment }, chart)), /charts\.allowUnverified true/);
      }
    });
  }

  it("falls back to a stand-in in dev only, and says so", () => {
    standIn();
    const found = resolveChart("demo", source({ environment: "dev" }));
    assert.equal(found.origin, "stand-in");
    assert.equal(found.path, path.join(root, "stand-ins/demo"));
    assert.match(originNotices([found]).join(), /^STAND-IN chart demo 1\.0\.0: .*npm run charts -- pull demo/);
    for (const environment of ["acc", "prod"] as const) {
      assert.throws(
        () => resolveChart("demo", source({ environment, allowUnverified: true })),
        /not in the chart cache .*npm run charts -- pull demo/,
      );
    }
  });

  it("prefers the real chart to the stand-in", () => {
    standIn();
    fill();
    assert.equal(resolveChart("demo", source({ environment: "dev" })).origin, "verified");
  });

  it("names every missing chart at once", () => {
    const lock = new Map([demo, { ...demo, name: "other" }].map((chart) => [chart.name, chart]));
    assert.throws(
      () => resolveCharts(["demo", "other"], source({ lock })),
      /chart demo 1\.0\.0: .*\nchart other 1\.0\.0: /,
    );
  });

  it("says which charts there are when asked for one that is not pinned", () => {
    assert.throws(() => resolveChart("nginx", source()), /chart "nginx": not in charts\.lock\.json; it has demo/);
  });

  it("takes a cached folder of another version for missing", () => {
    fill();
    assert.deepEqual(inspectCache(root, { ...demo, version: "1.0.1" }), { state: "missing" });
  });
});

describe("charts.lock.json", () => {
  const entry = { version: "1.0.0", appVersion: "1", url: "https://x.example/c.tgz" };

  it("demands a digest or the reason why there is none", () => {
    assert.throws(() => parseLock({ charts: { demo: entry } }), /charts\.demo: has neither a digest nor a reason/);
    assert.equal(parseLock({ charts: { demo: { ...entry, unverified: "no index" } } }).get("demo")?.name, "demo");
  });

  it("names every wrong field", () => {
    const charts = { a: { ...entry, digest: "sha1:12" }, b: { ...entry, url: "http://x.example", unverified: "x" } };
    assert.throws(() => parseLock({ charts }), /charts\.a\.digest: is not sha256[^]*charts\.b\.url: is neither https/);
  });
});
