import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { ArchiveError, packageDigest, readChartArchive } from "../../../components/charts/archive";
import { chartPackage, tar, type Entry } from "../../cli/charts/tarball";

const chartYaml: Entry = { path: "demo/Chart.yaml", content: "name: demo\n" };

function packed(...entries: Entry[]): Buffer {
  return gzipSync(tar([chartYaml, ...entries]));
}

describe("chart packages", () => {
  it("reads what the system's tar wrote, whatever the names and contents", function () {
    this.timeout(60_000);
    const segment = fc.stringMatching(/^[a-z][a-z0-9_. -]{0,60}[a-z0-9]$/);
    const file = fc.record({
      path: fc.array(segment, { minLength: 1, maxLength: 4 }),
      content: fc.uint8Array({ maxLength: 2000 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(file, { maxLength: 8, selector: ({ path: parts }) => parts[0] }), (files) => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "archive-"));
        try {
          const write = (name: string, content: Uint8Array | string) => {
            fs.mkdirSync(path.dirname(path.join(folder, "demo", name)), { recursive: true });
            fs.writeFileSync(path.join(folder, "demo", name), content);
          };
          write("Chart.yaml", "name: demo\n");
          for (const { path: parts, content } of files) write(`f/${parts.join("/")}`, content);
          const archive = execFileSync("tar", ["-C", folder, "-cz", "demo"]);
          const read = new Map(readChartArchive(archive, "demo").map((found) => [found.path, found.content]));
          assert.equal(read.size, files.length + 1);
          for (const { path: parts, content } of files) {
            assert.deepEqual(read.get(`f/${parts.join("/")}`), Buffer.from(content));
          }
        } finally {
          fs.rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 25 },
    );
  });

  it("reads long names of the pax and GNU formats", () => {
    for (const [format, length] of [
      ["pax", 150],
      ["gnu", 150],
      ["ustar", 90],
    ] as const) {
      const long = `demo/${"d".repeat(90)}/${"f".repeat(length)}`;
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "archive-"));
      fs.mkdirSync(path.dirname(path.join(folder, long)), { recursive: true });
      fs.writeFileSync(path.join(folder, long), "long\n");
      fs.writeFileSync(path.join(folder, "demo/Chart.yaml"), "name: demo\n");
      const archive = execFileSync("tar", ["-C", folder, `--format=${format}`, "-cz", "demo"]);
      const names = readChartArchive(archive, "demo").map((file) => `demo/${file.path}`);
      assert.deepEqual(names.sort(), ["demo/Chart.yaml", long].sort(), format);
      fs.rmSync(folder, { recursive: true });
    }
  });

  const hostile: [string, Entry, RegExp][] = [
    ["a parent folder", { path: "demo/../../evil" }, /leaves the chart's folder/],
    ["an absolute path", { path: "/etc/cron.d/evil" }, /leaves the chart's folder/],
    ["a Windows path", { path: "demo\\..\\evil" }, /leaves the chart's folder/],
    ["another folder", { path: "other/file" }, /outside demo\//],
    ["the folder itself as a file", { path: "demo" }, /outside demo\//],
    ["a symbolic link", { path: "demo/link", type: "2", link: "/etc/passwd" }, /neither file nor folder/],
    ["a hard link", { path: "demo/link", type: "1", link: "demo/Chart.yaml" }, /neither file nor folder/],
    ["an entry of no known kind", { path: "demo/odd", type: "9" }, /neither file nor folder/],
    ["a device", { path: "demo/null", type: "3" }, /neither file nor folder/],
    ["a file twice", chartYaml, /twice/],
  ];
  for (const [what, entry, message] of hostile) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readChartArchive(packed(entry), "demo"),
        (error) => {
          assert.ok(error instanceof ArchiveError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it("refuses a path that a pax header hides", () => {
    const record = "path=demo/../../evil\n";
    const length = record.length + 3;
    const entries = [{ path: "pax", type: "x", content: `${length} ${record}` }, { path: "demo/harmless" }];
    assert.throws(
      () => readChartArchive(packed(...entries), "demo"),
      /leaves the chart's folder: "demo\/\.\.\/\.\.\/evil"/,
    );
  });

  it("refuses a package of another chart", () => {
    assert.throws(() => readChartArchive(chartPackage("demo", "1.0.0"), "kyverno"), /outside kyverno\//);
  });

  it("refuses every cut-off download and never gives part of it", () => {
    const whole = packed({ path: "demo/templates/a.yaml", content: randomBytes(3000).toString("hex") });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 9 }), (length) => {
        assert.throws(() => readChartArchive(whole.subarray(0, length), "demo"), ArchiveError);
      }),
    );
    const plain = tar([chartYaml, { path: "demo/b", content: "x".repeat(600) }]);
    assert.throws(() => readChartArchive(gzipSync(plain.subarray(0, 1700)), "demo"), /cut off/);
    // Between two entries: only the missing end tells.
    assert.throws(() => readChartArchive(gzipSync(plain.subarray(0, 1024)), "demo"), /cut off/);
  });

  it("refuses what unpacks to far more than a chart", () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    assert.ok(bomb.length < 1024 * 1024);
    assert.throws(() => readChartArchive(bomb, "demo"), /unpacks to more than/);
  });

  it("refuses what is no archive", () => {
    assert.throws(() => readChartArchive(Buffer.from("<html>404</html>"), "demo"), /is not a gzip archive/);
    assert.throws(() => readChartArchive(gzipSync("no tar ".repeat(200)), "demo"), /damaged header/);
  });

  it("writes digests as charts.lock.json does", () => {
    assert.equal(
      packageDigest(Buffer.from("abc")),
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
