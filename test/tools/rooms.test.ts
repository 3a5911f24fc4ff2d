import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { z } from "zod";
import { projectRoot } from "../../embedded/toolchain";

const root = projectRoot();

/** A file of each room, from the ground up. */
const rooms = [
  "lib/a.ts",
  "suite/a.ts",
  "config/a.ts",
  "policypack/engine/a.ts",
  "components/a.ts",
  "embedded/a.ts",
  "cli/a.ts",
];

/** What dependency-cruiser reports. */
const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ rule: z.object({ name: z.string() }), from: z.string(), to: z.string() })),
  }),
});

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

describe("the lint rule on rooms", function () {
  this.timeout(120_000);
  let folder = "";

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "rooms-"));
    for (const name of [".dependency-cruiser.cjs", "tsconfig.json"]) {
      fs.copyFileSync(path.join(root, name), path.join(folder, name));
    }
    fs.symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What the linter says of a project with just these files, each of which imports the ones that it is given with. */
  function violations(files: Readonly<Record<string, readonly string[]>>): Violation[] {
    const place = fs.mkdtempSync(path.join(folder, "project-"));
    for (const [file, imported] of Object.entries(files)) {
      const lines = imported.map((other, index) => {
        const relative = path.posix.relative(path.posix.dirname(file), other).replace(/\.ts$/, "");
        return `export * as n${index} from "${relative.startsWith(".") ? relative : `./${relative}`}";`;
      });
      fs.mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
      fs.writeFileSync(path.join(place, file), [...lines, "export {};", ""].join("\n"));
    }
    for (const name of [".dependency-cruiser.cjs", "tsconfig.json", "node_modules"]) {
      fs.symlinkSync(path.join(folder, name), path.join(place, name));
    }
    const bin = path.join(root, "node_modules", ".bin", "depcruise");
    const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...Object.keys(files)];
    const { stdout, stderr } = spawnSync(bin, args, { cwd: place, encoding: "utf8" });
    assert.notEqual(stdout, "", stderr);
    return report
      .parse(JSON.parse(stdout))
      .summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  }

  it("fails on every import that runs upward, and on no other", () => {
    const all = Object.fromEntries(rooms.map((room) => [room, rooms.filter((other) => other !== room)]));
    const upward = rooms.flatMap((from, floor) => rooms.slice(floor + 1).map((to) => `${from} -> ${to}`));
    const found = violations(all).filter(({ rule }) => rule.startsWith("not-upward-from-"));
    assert.deepEqual(found.map(({ from, to }) => `${from} -> ${to}`).sort(), upward.sort());
  });

  it("lets each room import those below it", () => {
    assert.deepEqual(violations(Object.fromEntries(rooms.map((room, floor) => [room, rooms.slice(0, floor)]))), []);
  });

  it("fails on a circle, on a frame that names an operator, and on a product that imports a test", () => {
    const rules = violations({
      "lib/a.ts": ["lib/b.ts"],
      "lib/b.ts": ["lib/a.ts", "test/c.ts"],
      "test/c.ts": [],
      "components/operators/frame/define.ts": ["components/operators/velero/index.ts"],
      "components/operators/velero/index.ts": [],
    }).map(({ rule }) => rule);
    assert.deepEqual([...new Set(rules)].sort(), ["frame-knows-no-operator", "no-circle", "not-into-tests"]);
  });
});
