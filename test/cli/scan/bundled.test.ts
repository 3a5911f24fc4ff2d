import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { bundled, bundleFile, codeFile } from "../../../cli/scan/bundled";
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

  it("needs no other file", () => {
    const text = readFileSync(bundleFile(directory), "utf8");
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name.replace(/^node:/, ""));
    assert.ok(required.includes("fs"));
    assert.deepEqual(
      required.filter((name) => !builtinModules.includes(name)),
      [],
    );
  });

  it("is not compiled again where V8's code is of this Node.js", () => {
    assert.equal(bundled(directory, readFileSync(codeFile(directory))).script.cachedDataRejected, false);
  });

  it("works with code of another Node.js, or none", () => {
    for (const code of [Buffer.alloc(100), undefined]) {
      const { command, script } = bundled(directory, code);
      assert.notEqual(script.cachedDataRejected, false);
      assert.match(command.run(["--help"], today).out, /scan/);
    }
  });
});
