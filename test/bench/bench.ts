/**
 * `npm run bench`: the scanner against the same work done by others, on the corpus and on a tree of small files, all rules
 * on one pod, each operator's cost, what the policies add at admission, preflight of a hundred nodes, and what the policy
 * pack adds to a preview where stack dev is up. Medians within one run.
 *
 * Competitors are taken where they are found: kube-score from the toolchain, Checkov on PATH or in a virtual environment
 * of the cache; one that cannot be had is left out and named. `--scale` adds up to 100,000 generated objects, `--stack`
 * a fresh cluster.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ensureTools } from "../../embedded/toolchain";
import { measure, print } from "./measure";
import type { Contestant } from "./measure";
import { admission } from "./admission";
import { preflightOfManyNodes } from "./preflight";
import { recovery } from "./recovery";
import { rulesOnOnePod } from "./rules";
import { scale } from "./scale";
import { tree } from "./tree";
import { operators, previews, wholeStack } from "./stack";

const root = join(__dirname, "..", "..");
const scanner = join(root, "dist", "cli", "policy.js");
const corpus = join(root, "..", "shared", "corpus");

function manifests(): readonly string[] {
  const demo = join(corpus, "mijnbureau", "demo");
  const operators = join(corpus, "operators");
  if (!existsSync(demo)) return [];
  const hardened = readdirSync(operators).map((name) => join(operators, name, "hardened.yaml"));
  return [...readdirSync(demo).map((name) => join(demo, name)), ...hardened].filter(existsSync);
}

async function kubeScore(): Promise<string | undefined> {
  try {
    const { "kube-score": binary } = await ensureTools(["kube-score"]);
    return binary;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkov(): string | undefined {
  const named = join(homedir(), ".cache", "mijnbureau-platform", "bench", "checkov", "bin", "checkov");
  if (existsSync(named)) return named;
  return spawnSync("checkov", ["--version"]).status === 0 ? "checkov" : undefined;
}

function compare(files: readonly string[], score: string | undefined): void {
  const check = checkov();
  const contestants: Contestant[] = [
    { name: "mijnbureau-policy", command: [process.execPath, scanner, "scan", "--format", "json", ...files] },
    ...(score === undefined ? [] : [{ name: "kube-score 1.20.0", command: [score, "score", ...files] }]),
    ...(check === undefined
      ? []
      : [
          {
            name: "checkov",
            command: [
              check,
              "--framework",
              "kubernetes",
              "--compact",
              "--quiet",
              ...files.flatMap((file) => ["-f", file]),
            ],
          },
        ]),
  ];
  const wanted = "wanted: kube-score at 0.67 or more, Checkov at 15 or more";
  print(`${files.length} files of the corpus, process start to report (${wanted})`, measure(contestants));
  if (score === undefined) console.log("kube-score was left out: it could not be built (needs go)");
  if (check === undefined)
    console.log(
      "checkov was left out: install it with python3 -m venv ~/.cache/mijnbureau-platform/bench/checkov and pip",
    );
}

/** The auditor's report of a stack, of the plan alone: nothing is asked of a cluster. */
function report(): void {
  const command = [process.execPath, join(root, "dist", "cli", "report.js"), "--stack", "prod-nl-north", "--offline"];
  const node = { name: "node alone", command: [process.execPath, "-e", ""] };
  print("report of prod-nl-north, process start to end; at most 10 s of processor time", [
    ...measure([{ name: "report", command }, node]),
  ]);
}

async function main(): Promise<void> {
  if (!existsSync(scanner)) throw new Error(`${scanner} is missing; run "npm run build" first`);
  const files = manifests();
  const score = await kubeScore();
  if (files.length === 0) console.log("SKIPPED  comparison: ../shared/corpus is not given");
  else compare(files, score);
  tree(scanner, score);
  rulesOnOnePod();
  report();
  recovery();
  await operators(root);
  await admission(root);
  await preflightOfManyNodes(root);
  if (process.argv.includes("--scale")) scale(scanner);
  previews(root);
  if (process.argv.includes("--stack")) wholeStack(root);
}

if (require.main === module) void main();
