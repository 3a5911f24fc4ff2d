import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleFile } from "../../../cli/scan/bundled";
import { run } from "../../../cli/scan/command";
import { rulesDirectory } from "../../../policypack/engine/load";

const dist = join(__dirname, "..", "..", "..", "dist", "cli");
const directory = join(dist, "scan");
const today = new Date().toISOString().slice(0, 10);

describe("the scanner in one file", function () {
  this.timeout(120_000);

  for (const format of ["table", "json"]) {
    it(`reports what its sources report (${format})`, () => {
      const args = ["scan", "--profile", "strict", "--format", format, rulesDirectory];
      const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
      const { status, stdout } = spawnSync(process.execPath, [join(dist, "policy.js"), ...args], options);
      const expected = run(args, today);
      assert.equal(status, expected.status);
      assert.ok(stdout === expected.out, 'the bundle is not made of these sources: "npm run build"');
    });
  }

  it("waits for a slow reader instead of keeping the report in memory", () => {
    // Each object is worth some 20 kB of report: 90 MB in all, of which the pipe takes 64 kB at a time.
    const objects = Array.from({ length: 4_500 }, (_, index) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `p-${index}` },
      spec: { containers: [{ name: "a", image: "a" }] },
    }));
    const peak = 'process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';
    const scan = `"$0" -r ./peak.cjs "$1" scan --profile strict --format json - | (sleep 2; wc -c)`;
    const cwd = mkdtempSync(join(tmpdir(), "scan-"));
    try {
      writeFileSync(join(cwd, "peak.cjs"), peak);
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
      const options = { encoding: "utf8", input, cwd } as const;
      const { stdout, stderr } = spawnSync("bash", ["-c", scan, process.execPath, join(dist, "policy.js")], options);
      const [report, kilobytes] = [Number(stdout) / 1024, Number(stderr)];
      assert.ok(report > 60_000, `the report has ${report} kB`);
      assert.ok(kilobytes > 0 && kilobytes < 4 * report, `${kilobytes} kB of memory for a report of ${report} kB`);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });

  it("says when its output cannot be written", () => {
    const command = `"$0" "$1" --help > /dev/full`;
    const { status, stderr } = spawnSync("bash", ["-c", command, process.execPath, join(dist, "policy.js")], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [2, "standard output: ENOSPC: no space left on device, write\n"]);
  });

  it("needs no other file but for stacks and examples", () => {
    const text = readFileSync(bundleFile(directory), "utf8");
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name.replace(/^node:/, ""));
    assert.ok(required.includes("fs"));
    assert.deepEqual(
      required.filter((name) => !builtinModules.includes(name)),
      // Loaded when a stack's file is asked for, or the text of a rule.
      ["../../components/stack-file.js", "./examples"],
    );
  });

  for (const [what, code, rejected] of [
    ["is not compiled again where V8's code is of this Node.js", "fs.readFileSync(codeFile(directory))", "false"],
    ["works with code of another Node.js", "Buffer.alloc(100)", "true"],
    ["works without code", "undefined", "undefined"],
  ] as const) {
    it(what, () => {
      const script = `const directory = ${JSON.stringify(directory)};
        const { bundled, codeFile } = require(directory + "/bundled.js");
        const { command, script } = bundled(directory, ${code});
        console.log(script.cachedDataRejected, command.run(["--help"], "${today}").status);`;
      const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
      assert.equal(stdout, `${rejected} 0\n`);
    });
  }
});
