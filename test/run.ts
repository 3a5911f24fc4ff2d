import { spawnSync } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import Mocha from "mocha";
import { scanOperators } from "../components/operators/frame/registry";
import { choose, keep, testFiles, type Choice } from "./support/choose";
import { FAST, LONG } from "./support/needs";
import { isFast, suites, type Suite } from "./suites";

const root = path.join(__dirname, "..");

const usage = `Usage: npm test [-- <area or name> …]
       npm run test:fast [-- <area or name> …]

Without a name, all tests run, after the tools that they need have been found or built. A name is a part of a file's path
below test/ ("components", "cli/scan"), an operator ("velero"), or a part of a test's title, such as a rule
("pod-security/", "storage/encrypted-class"). Tests whose tools or charts are not there are left out, with the reason.

  --fast          what needs no Go, no cluster and no chart cache
${Object.entries(suites)
  .map(([name, { what }]) => `  --suite ${name.padEnd(12)}${what}`)
  .join("\n")}
  --help
`;

interface Wanted {
  readonly fast: boolean;
  /** Absent: everything, of which only a part is asked for by name. */
  readonly suite?: Suite;
  readonly words: readonly string[];
}

/** What the arguments ask for, or what is wrong with them. */
function wanted(args: readonly string[]): Wanted | string {
  try {
    const options = { fast: { type: "boolean" }, suite: { type: "string" }, help: { type: "boolean" } } as const;
    const { values, positionals: words } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return "";
    const { fast = false, suite } = values;
    if (suite === undefined) return { fast, words };
    const known = new Map<string, Suite>(Object.entries(suites)).get(suite);
    return known === undefined
      ? `--suite ${suite}: is none of ${Object.keys(suites).join(", ")}`
      : { fast, words, suite: known };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const asked = wanted(args);
  if (typeof asked === "string") {
    console[asked === "" ? "log" : "error"](`${asked}\n\n${usage}`.trimStart());
    return asked === "" ? 0 : 2;
  }
  const { fast, suite, words } = asked;
  process.chdir(root);
  if (fast) process.env[FAST] = "1";
  if (suite?.long === true) process.env[LONG] = "1";
  if (!fast && (suite !== undefined || words.length === 0)) {
    const { status } = spawnSync("node", ["dist/cli/toolchain.js", ...(suite ?? suites.all).tools], {
      stdio: "inherit",
    });
    if (status !== 0) return 1;
  }
  const files = (suite ?? suites.all).files
    .flatMap((file) => testFiles(root, file))
    .filter((file) => !fast || isFast(file));
  if (words.length === 0) return run(files, { parallel: fast });
  const choice = choose(words, files, new Set(scanOperators().map(({ name }) => name)));
  // Titles are known once a file is loaded; without a suite only the fast ones are, which hold what is made of tables.
  const others = files.filter((file) => !choice.whole.includes(file) && (suite !== undefined || isFast(file)));
  return run([...choice.whole, ...(choice.titles.length === 0 ? [] : others)], { choice });
}

async function run(
  files: readonly string[],
  { parallel = false, choice }: { parallel?: boolean; choice?: Choice },
): Promise<number> {
  const mocha = new Mocha({
    reporter: "./test/reporter.cjs",
    timeout: 60_000,
    // Processes of their own load TypeScript too.
    ...(parallel && { parallel, jobs: os.availableParallelism(), require: ["./test/support/register.cjs"] }),
  });
  for (const file of files) mocha.addFile(path.join(root, file));
  if (!parallel) await mocha.loadFilesAsync();
  if (choice !== undefined) {
    keep(mocha.suite, choice);
    if (mocha.suite.total() === 0) {
      console.error(`${choice.titles.join(", ")}: is in no path and in no title of a test\n\n${usage}`);
      return 2;
    }
  }
  return new Promise((resolve) => mocha.run((failures) => resolve(failures === 0 ? 0 : 1)));
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
