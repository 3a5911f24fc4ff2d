import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../embedded/toolchain";

const VARIABLE = "PULUMI_SKIP_CHECKPOINTS";
/** `npm start` alone: its cluster holds nothing of value, and the next start finds and names what a killed one left. */
const ALLOWED = ["embedded/dev-stack/index.ts"];

describe("a state that is written once at the end is lost by a kill", () => {
  it("so nothing but npm start skips checkpoints: no other command, script or pipeline", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: projectRoot(), encoding: "utf8" }).split("\n");
    const run = tracked.filter(
      (file) => /\.(ts|cjs|mjs|json|ya?ml|sh)$|^\.(ci|githooks)\//.test(file) && !file.startsWith("test/"),
    );
    assert.ok(run.length > 500 && ALLOWED.every((file) => run.includes(file)), `${run.length} files`);
    assert.deepEqual(
      run.filter((file) => readFileSync(join(projectRoot(), file), "utf8").includes(VARIABLE)),
      ALLOWED,
    );
  });

  it("and no page tells anybody to", () => {
    const set = new RegExp(`${VARIABLE}=|export ${VARIABLE}`);
    const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: projectRoot(), encoding: "utf8" })
      .trim()
      .split("\n");
    assert.deepEqual(
      pages.filter((page) => set.test(readFileSync(join(projectRoot(), page), "utf8"))),
      [],
    );
  });
});
