import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { command, writeStack } from "../../cli/restore";
import { UsageError } from "../../cli/command";
import { at } from "../../lib/kube/client";

const STACK = `# prod in nl-west
config:
  mijnbureau-platform:operators:
    # The databases' own bucket.
    databases:
      store: { provider: s3 }
`;

describe("mijnbureau restore", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "restore-"))));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("writes from what a database was restored into the stack's file, and leaves the rest of it", () => {
    const file = join(folder, "Pulumi.prod-nl-west.yaml");
    writeFileSync(file, STACK);
    writeStack(file, "docs", { archive: 2, at: "2026-11-29T14:05:07Z" });
    writeStack(file, "docs", { archive: 3, from: 1 });
    const written = readFileSync(file, "utf8");
    assert.ok(written.startsWith(STACK), written);
    assert.deepEqual(at(parse(written), "config", "mijnbureau-platform:operators", "databases", "restored"), {
      docs: { archive: 3, from: 1 },
    });
  });

  for (const [args, said] of [
    [["docs", "-s", "prod-nl-west", "--only", "databse"], /there is no part "databse"; did you mean "database"\?/],
    [["docs", "-s", "prod-nl-west", "--only", "database", "--from", "night"], /databases are in none; name a second/],
    [["docs", "-s", "prod-nl-west", "--continue", "--undo"], /--continue and --undo exclude each other/],
    [["docs"], /name the stack/],
  ] as const) {
    it(`refuses ${args.join(" ")}`, async () => {
      await assert.rejects(Promise.resolve(command.run(args)), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, said);
        return true;
      });
    });
  }
});
