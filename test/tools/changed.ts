import { execFileSync, spawnSync } from "node:child_process";
import * as path from "node:path";
import { scanOperators } from "../../components/operators/frame/registry";
import { projectRoot } from "../../embedded/toolchain";
import { testFiles } from "../support/choose";

/** The files of which `npm test` can be asked for a name, without their ending. */
const testPaths = (): string[] =>
  testFiles(projectRoot(), "test").map((file) => file.slice("test/".length, -".test.ts".length));

/**
 * What `npm test` is asked for after a change of this file: its operator, its area of rules, its own test, or the tests
 * of the folder that mirrors its own, as near as there is one.
 */
export function testsFor(file: string, tests: readonly string[], operators: ReadonlySet<string>): string | undefined {
  const parts = file.split("/");
  const [room, area, inner = ""] = parts;
  if (room === "components" && area === "operators" && operators.has(inner)) return inner;
  if (room === "policypack" && area === "rules" && parts.length > 3) return `${inner}/`;
  const own = (room === "test" ? parts.slice(1) : parts).join("/").replace(/(\.test)?\.\w+$/, "");
  for (let name = own; name !== "." && name !== ""; name = path.posix.dirname(name)) {
    if (tests.some((test) => test === name || test.startsWith(`${name}/`))) return name;
  }
  return undefined;
}

/** Whether the command succeeded; what it says is the user's to read. */
function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}

/** Format, lint and the fast tests of what is staged. */
function check(): boolean {
  const git = ["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"];
  const files = execFileSync("git", git, { encoding: "utf8" }).split("\0").filter(Boolean);
  const bin = (name: string): string => path.join(projectRoot(), "node_modules", ".bin", name);
  if (files.length > 0 && !run(bin("prettier"), ["--check", "--ignore-unknown", ...files])) return false;
  const code = files.filter((file) => /\.[cm]?[jt]s$/.test(file));
  if (code.length > 0 && !run(bin("eslint"), ["--no-warn-ignored", ...code])) return false;
  const operators = new Set(scanOperators().map(({ name }) => name));
  const tests = testPaths();
  const names = [...new Set(files.flatMap((file) => testsFor(file, tests, operators) ?? []))];
  return names.length === 0 || run("npm", ["run", "--silent", "test:fast", "--", ...names]);
}

if (require.main === module) process.exitCode = check() ? 0 : 1;
