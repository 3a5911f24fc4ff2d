/**
 * `npm run bench`: the scanner against the same work done by others, medians of five within one run.
 *
 * Competitors are taken where they are found: kube-score from the toolchain, Checkov on PATH or in a
 * virtual environment of the cache. `--scale` adds up to 100,000 generated objects. One that cannot be had is left out and named.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureTools } from "../../embedded/toolchain";

const RUNS = 5;
const root = join(__dirname, "..", "..");
const scanner = join(root, "dist", "cli", "policy.js");
const corpus = join(root, "..", "shared", "corpus");

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}

interface Measured {
  readonly name: string;
  /** Seconds from process start to report: median of the runs. */
  readonly seconds: number;
  /** Seconds of processor time, likewise; less disturbed by what else runs. */
  readonly processor: number;
}

function manifests(): readonly string[] {
  const demo = join(corpus, "mijnbureau", "demo");
  const operators = join(corpus, "operators");
  if (!existsSync(demo)) return [];
  const hardened = readdirSync(operators).map((name) => join(operators, name, "hardened.yaml"));
  return [...readdirSync(demo).map((name) => join(demo, name)), ...hardened].filter(existsSync);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function measure({ name, command }: Contestant): Measured {
  const walls: number[] = [];
  const processors: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = process.hrtime.bigint();
    const timed = spawnSync("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', "bash", ...command], {
      encoding: "utf8",
    });
    walls.push(Number(process.hrtime.bigint() - start) / 1e9);
    const [user = 0, system = 0] = timed.stderr.trim().split(" ").map(Number);
    processors.push(user + system);
  }
  return { name, seconds: median(walls), processor: median(processors) };
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

function print(title: string, results: readonly Measured[]): void {
  const [own] = results;
  console.log(`\n${title}`);
  console.log(
    `${"".padEnd(24)}${"wall s".padStart(10)}${"cpu s".padStart(10)}${"wall ratio".padStart(12)}${"cpu ratio".padStart(12)}`,
  );
  for (const { name, seconds, processor } of results) {
    const ratio = (mine: number, theirs: number): string => (theirs / mine).toFixed(2).padStart(12);
    const ratios = own === undefined ? "" : ratio(own.seconds, seconds) + ratio(own.processor, processor);
    console.log(`${name.padEnd(24)}${seconds.toFixed(2).padStart(10)}${processor.toFixed(2).padStart(10)}${ratios}`);
  }
}

async function compare(files: readonly string[]): Promise<void> {
  const [score, check] = [await kubeScore(), checkov()];
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
  print(`${files.length} files of the corpus, process start to report`, contestants.map(measure));
  if (score === undefined) console.log("kube-score was left out: it could not be built (needs go)");
  if (check === undefined)
    console.log(
      "checkov was left out: install it with python3 -m venv ~/.cache/mijnbureau-platform/bench/checkov and pip",
    );
}

/** Deployments that differ, `count` of them, in files of a thousand. */
function generate(directory: string, count: number): void {
  for (let from = 0; from < count; from += 1_000) {
    const documents = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => deployment(from + index));
    writeFileSync(join(directory, `${from}.yaml`), documents.join("---\n"));
  }
}

const deployment = (index: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${index}, namespace: ns-${index % 50}, labels: {app: app-${index}}}
spec:
  replicas: 2
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}}}
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: main
          image: registry.example.org/app-${index % 200}:1.${index % 10}
          ports: [{containerPort: 8080}]
          env: [{name: INDEX, value: "${index}"}]
          resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 64Mi}}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`;

function scale(): void {
  console.log(
    `\n${"objects".padStart(10)}${"wall s".padStart(10)}${"ms/object".padStart(12)}${"peak MB".padStart(10)}`,
  );
  for (const count of [1_000, 10_000, 100_000]) {
    const directory = mkdtempSync(join(tmpdir(), "bench-"));
    try {
      generate(directory, count);
      const preload = join(directory, "peak.cjs");
      writeFileSync(preload, PEAK);
      const start = process.hrtime.bigint();
      const measured = spawnSync(
        "bash",
        ["-c", '"$@" > /dev/null', "bash", process.execPath, "-r", preload, scanner, "scan", directory],
        { encoding: "utf8" },
      );
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const peak = Number(/peak (\d+)/.exec(measured.stderr)?.[1] ?? Number.NaN) / 1024;
      const each = (seconds / count) * 1_000;
      console.log(
        `${String(count).padStart(10)}${seconds.toFixed(2).padStart(10)}${each.toFixed(3).padStart(12)}${peak.toFixed(0).padStart(10)}`,
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** Preloaded into the scanner: tells the most memory it had. */
const PEAK = 'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS));';

async function main(): Promise<void> {
  if (!existsSync(scanner)) throw new Error(`${scanner} is missing; run "npm run build" first`);
  const files = manifests();
  if (files.length === 0) console.log("SKIPPED  comparison: ../shared/corpus is not given");
  else await compare(files);
  if (process.argv.includes("--scale")) scale();
}

if (require.main === module) void main();
