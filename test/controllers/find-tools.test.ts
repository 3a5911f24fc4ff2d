import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findTools, TOOLS } from "../../embedded/toolchain";

describe("tools that are only looked for", () => {
  let folder = "";
  let env: NodeJS.ProcessEnv = {};

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "find-tools-"));
    mkdirSync(join(folder, "bin"));
    const path = [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter);
    env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), PATH: path };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("are left out where they would have to be built, and nothing is built", async () => {
    const found = await findTools(["weed", "external-secrets"], { env });
    assert.equal(found.size, 0);
    assert.deepEqual(readdirSync(folder), ["bin"]);
  });

  it("are found beside others that are not there", async () => {
    const file = join(folder, "bin", "velero");
    writeFileSync(file, `#!/bin/sh\necho v${TOOLS.velero.version}\n`, { mode: 0o755 });
    assert.deepEqual([...(await findTools(["velero", "weed"], { env }))], [["velero", file]]);
  });
});
