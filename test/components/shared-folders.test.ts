import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedFolders } from "../../components/shared-folders";
import { stackConfig, stackKeys } from "../../components/stack-file";
import { projectRoot } from "../../embedded/toolchain";
import { UserError } from "../../lib/errors";

const url = "https://s3.example.nl";

describe("folders of buckets that two stacks of a checkout name", () => {
  const folder = mkdtempSync(join(tmpdir(), "folders-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (stack: string, operators: object): void => {
    const config = { "mijnbureau-platform:operators": operators };
    writeFileSync(join(folder, `Pulumi.${stack}.yaml`), JSON.stringify({ config }));
  };
  const velero = (prefix: string, more: object = {}) => ({
    velero: { storage: { url, bucket: "backups", ...(prefix === "" ? {} : { prefix }), ...more } },
  });

  for (const [what, one, other, refused] of [
    ["the same", velero("a/b"), velero("a/b"), true],
    ["the same but for slashes", velero("a/b"), velero("/a/b/"), true],
    [
      "the copy of one in the folder of the other",
      { velero: { secondary: { location: { url, bucket: "backups", prefix: "a" } } } },
      velero("a"),
      true,
    ],
    [
      "the whole bucket of logs, twice",
      { loki: { storage: { url, chunksBucket: "logs", prefix: "" } } },
      { loki: { storage: { url, chunksBucket: "logs", prefix: "" } } },
      true,
    ],
    [
      "archives of databases",
      { databases: { store: { url, bucket: "db", prefix: "x" } } },
      { databases: { store: { url, bucket: "db", prefix: "x" } } },
      true,
    ],
    ["none: they carry organisation and cluster", velero(""), velero(""), false],
    ["others", velero("a"), velero("b"), false],
    ["the same of two buckets", velero("a"), velero("a", { bucket: "others" }), false],
    ["the same of two stores", velero("a"), velero("a", { url: "https://s3.example.com" }), false],
    [
      "what one writes and the other receives",
      { velero: { received: { url, bucket: "backups", prefix: "a" } } },
      velero("a"),
      false,
    ],
  ] as const)
    it(`${refused ? "are refused" : "are fine"}: ${what}`, () => {
      write("one", one);
      write("other", other);
      const problems = [sharedFolders(folder, "one"), sharedFolders(folder, "other")].flat();
      assert.equal(problems.length, refused ? 2 : 0, problems.join("\n"));
      if (refused)
        assert.match(problems[0] ?? "", /prefix: ".*" is the folder of Pulumi\.other\.yaml too: .*Give each its own/);
    });

  it("are told of with the stack's other mistakes, before anything is changed", () => {
    const keys = Object.entries(stackKeys(projectRoot(), "dev")).map(([key, value]): [string, unknown] => [
      `mijnbureau-platform:${key}`,
      value,
    ]);
    const text = JSON.stringify({ config: Object.fromEntries(keys) }).replace(
      '"bucket":"velero-dev"',
      '"bucket":"velero-dev","prefix":"same"',
    );
    for (const stack of ["one", "other"]) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);
    assert.throws(
      () => stackConfig(folder, "one"),
      (error) =>
        error instanceof UserError &&
        /velero\.storage\.prefix: "same" is the folder of Pulumi\.other/.test(error.message),
    );
  });
});
