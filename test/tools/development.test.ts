import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../embedded/toolchain";
import { copyOfProject } from "../support/copy";

const root = projectRoot();

/** Commands that would run this very test, or take an hour, by who runs them. */
const elsewhere: Readonly<Record<string, string>> = {
  "npm ci": ".ci/run",
  "npm start": "test/embedded/platform.test.ts",
  "npm test": ".ci/run",
  "npm run test:fast": "test/run.ts",
  "npm run test:controllers": "test/controllers",
  "npm run test:node-versions": "test/tools/node-versions.ts",
  "npm run toolchain": "test/run.ts",
};

/** Lines of the shell blocks of a page. */
const commandsOf = (page: string): string[] =>
  [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = ""]) => block.trim().split("\n"));

describe("the development guide", function () {
  this.timeout(600_000);
  const commands = commandsOf(readFileSync(join(root, "DEVELOPMENT.md"), "utf8"));
  let folder = "";

  before(() => {
    folder = copyOfProject("development");
    cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
    execFileSync("git", ["add", "--", "test/components/network/cidr.test.ts", "DEVELOPMENT.md"], { cwd: folder });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has commands, and leaves to others only what they run", () => {
    assert.ok(commands.length > Object.keys(elsewhere).length);
    assert.deepEqual(
      Object.keys(elsewhere).filter((command) => !commands.includes(command)),
      [],
    );
    for (const place of Object.values(elsewhere)) assert.ok(existsSync(join(root, place)), place);
  });

  for (const command of commands.filter((each) => !Object.hasOwn(elsewhere, each))) {
    it(command, () => {
      const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
      assert.equal(status, 0, `${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
    });
  }
});
