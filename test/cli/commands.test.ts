import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import fc from "fast-check";
import { VERSION } from "../../config/version";
import { nearest } from "../../lib/nearest";

const root = path.join(__dirname, "../..");

function mijnbureau(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, "dist/cli/main.js"), ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, out: stdout, err: stderr };
}

describe("the table of commands", function () {
  this.timeout(120_000);
  const help = mijnbureau("--help").out;
  const names = [...help.matchAll(/^ {2}([a-z-]+) +\S/gm)].map(([, name = ""]) => name);

  it("names every command with what it is for", () => {
    assert.deepEqual(names, [
      "start",
      "cluster",
      "env",
      "charts",
      "images",
      "preflight",
      "calendar",
      "verify",
      "report",
      "audit",
      "comment",
      "cves",
      "scan",
      "backup",
      "restore",
      "failover",
      "escrow",
      "toolchain",
    ]);
  });

  for (const name of names) {
    it(`${name}: help, version and a mistyped option are the same as elsewhere`, () => {
      const asked = mijnbureau(name, "--help");
      assert.equal(asked.status, 0, asked.err);
      assert.match(asked.out, /^Usage: /);
      assert.deepEqual(mijnbureau(name, "--version"), { status: 0, out: `${VERSION}\n`, err: "" });
      const wrong = mijnbureau(name, "--nosuchoption");
      assert.equal(wrong.status, 2, wrong.err);
      assert.match(wrong.err, /nosuchoption/);
      assert.match(wrong.err, /Usage: /);
      assert.equal(wrong.out, "");
    });
  }

  it("says which command, option or operand was probably meant", () => {
    assert.match(mijnbureau("chrts").err, /^there is no command "chrts"; did you mean "charts"\?/);
    assert.match(mijnbureau("charts", "list", "alloi").err, /^there is no chart "alloi"; did you mean "alloy"\?/);
    assert.match(mijnbureau("preflight", "--stak", "dev").err, /^there is no option --stak; did you mean --stack\?/);
  });
});

describe("the nearest name", () => {
  it("is the name itself, also with one letter wrong, and none where nothing is near", () => {
    const word = fc.stringMatching(/^[a-z]{5,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), (name, at) => {
        const place = at % name.length;
        const mistyped = `${name.slice(0, place)}#${name.slice(place + 1)}`;
        assert.equal(nearest(name, ["0000000000000", name]), name);
        assert.equal(nearest(mistyped, ["0000000000000", name]), name);
        assert.equal(nearest("0".repeat(name.length), [name]), undefined);
      }),
    );
  });
});
