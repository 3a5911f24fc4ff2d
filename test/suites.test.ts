import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { choose, testFiles } from "./support/choose";
import { isFast, notFast, suites } from "./suites";

const root = path.join(__dirname, "..");
const files = testFiles(root, "test");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

describe("suites of tests", () => {
  it("name files and folders that there are", () => {
    const named = [...Object.keys(notFast), ...Object.values(suites).flatMap((suite) => suite.files)];
    assert.deepEqual(
      named.filter((file) => !fs.existsSync(path.join(root, file))),
      [],
    );
  });

  it("keep what starts a cluster or Go out of the fast tests", () => {
    const slow = /\b(?:clusterUp|Sandbox\.up|PlatformCopy|AttackedPlatform\.up|kyvernoUp)\(|ensureTools\(|"go"[,)]/;
    const found = files.filter((file) => isFast(file) && file !== "test/suites.test.ts" && slow.test(read(file)));
    assert.deepEqual(found, [], "give these an entry in notFast of test/suites.ts");
  });

  it("build no tool: npm test has built them before, and whoever runs a part is told the command", () => {
    /** Commands of their own, which no test starts. */
    const commands = ["test/bench/", "test/tools/reach.ts", "test/conformance/yaml.ts"];
    const sources = fs
      .readdirSync(path.join(root, "test"), { recursive: true, encoding: "utf8" })
      .map((file) => `test/${file}`)
      .filter((file) => file.endsWith(".ts") && file !== "test/suites.test.ts");
    const building = sources.filter((file) => /\bensureTools\(/.test(read(file)));
    assert.deepEqual(
      building.filter((file) => !commands.some((command) => file.startsWith(command))),
      [],
      "use needTools of test/support/needs.ts",
    );
    assert.deepEqual(
      commands.filter((command) => !building.some((file) => file.startsWith(command))),
      [],
    );
  });

  it("leave tests out by one helper, so that each says why", () => {
    const found = files.filter(
      (file) => file !== "test/suites.test.ts" && /this\.skip\(|\bskipReason\b/.test(read(file)),
    );
    assert.deepEqual(found, [], "use test/support/needs.ts");
  });

  it("are chosen by a part of a path, and by the name of what has tests in files of others", () => {
    const some = [
      "test/cli/scan/scan.test.ts",
      "test/controllers/velero.test.ts",
      "test/components/operators/laws.test.ts",
    ];
    const names = new Set(["velero", "loki"]);
    assert.deepEqual(choose(["cli/scan"], some, names), { whole: [some[0]], titles: [] });
    assert.deepEqual(choose(["velero"], some, names), { whole: [some[1]], titles: ["velero"] });
    assert.deepEqual(choose(["loki", "operators"], some, names), { whole: [some[2]], titles: ["loki"] });
    assert.deepEqual(choose(["storage/encrypted-class"], some, names), {
      whole: [],
      titles: ["storage/encrypted-class"],
    });
  });
});
