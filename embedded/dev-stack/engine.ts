import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { ClusterError, codeOf } from "../../lib/kube/errors";
import { sleep } from "../cluster/files";
import { isRunning, logTail } from "../cluster/processes";
import { processIdentity } from "../cluster/identity";
import { Steps } from "./steps";

/** Pulumi's CLI on the dev stack: one run at a time, its whole output in a log. */
export interface EngineOptions {
  readonly root: string;
  readonly stateDir: string;
  readonly stack: string;
  readonly env: Readonly<Record<string, string>>;
  readonly progress: (line: string) => void;
}

export interface EngineResult {
  readonly code: number;
  readonly lines: readonly string[];
  readonly log: string;
}

const REPORT_MS = 5_000;

export async function runEngine(args: readonly string[], options: EngineOptions): Promise<EngineResult> {
  const log = join(options.stateDir, "logs", `pulumi-${args[0] ?? ""}.log`);
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  writeFileSync(log, `pulumi ${args.join(" ")}\n`, { mode: 0o600 });
  // The provider writes the cluster's kubeconfig to a temporary file, and leaves it there when it is interrupted.
  const temporary = join(options.stateDir, "tmp");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { mode: 0o700 });
  const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd: options.root,
    env: { ...process.env, ...options.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Asked to end, we let the engine end first: it finishes the step it is at and records it. A terminal's interrupt
  // reaches it by itself, since it shares our process group.
  const pass = (): void => void child.kill("SIGINT");
  const wait = (): void => {
    options.progress("interrupted: waiting for the running steps to end");
  };
  process.on("SIGTERM", pass).on("SIGINT", wait);
  const lines: string[] = [];
  const steps = new Steps();
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  const report = setInterval(() => {
    options.progress(steps.describe(seconds()));
  }, REPORT_MS);
  const take = (line: string): void => {
    lines.push(line);
    appendFileSync(log, `${line}\n`);
    steps.take(line, seconds());
  };
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface({ input: stream })) take(line);
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => {
        resolve(status ?? 1);
      });
    });
    await Promise.all(reading);
    return { code, lines, log };
  } finally {
    clearInterval(report);
    process.off("SIGTERM", pass).off("SIGINT", wait);
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The parts of the output that a reader needs: what is wrong, or what has changed; never the list of steps. */
export function sections(lines: readonly string[], titles: readonly string[]): string[] {
  const found: string[] = [];
  let keep = false;
  for (const line of lines) {
    if (/^[A-Z][A-Za-z ]*:/.test(line)) keep = titles.some((title) => line.startsWith(title));
    if (keep || line.startsWith("error:")) found.push(line);
  }
  return found;
}

const ADVICE = /^\s+- \[advisory\] \[severity: (?<severity>\w+)\]/;

/** Findings that only advise, hundreds of them over all charts, as one line with their number by severity. */
export function adviceCounted(lines: readonly string[]): string[] {
  const kept: string[] = [];
  const counts = new Map<string, number>();
  let told = false;
  let last = 0;
  for (const line of lines) {
    const severity = ADVICE.exec(line)?.groups?.["severity"];
    if (severity !== undefined) counts.set(severity, (counts.get(severity) ?? 0) + 1);
    else if (!told || /^(\s{0,8}\S|$)/.test(line)) kept.push(line);
    told = severity !== undefined || (told && !/^(\s{0,8}\S|$)/.test(line));
    if (told) last = kept.length;
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return kept;
  const each = [...counts].map(([severity, count]) => `${String(count)} ${severity}`).join(", ");
  const count = `        ${String(total)} findings that only advise: ${each}; why each is accepted: npm run report -- --stack dev`;
  return [...kept.slice(0, last), count, ...kept.slice(last)];
}

/** The provider gives the API server 32 seconds to describe all its kinds, and that gives a request its minute. */
const TOO_BUSY =
  /Failed to fetch OpenAPI schema from the API server: .*deadline exceeded|request did not complete within requested timeout/;

/** As `runEngine`, and once more where nothing was wrong but that the machine was busy: what is made by then is kept. */
export async function runEngineOnBusyMachine(args: readonly string[], options: EngineOptions): Promise<EngineResult> {
  const result = await runEngine(args, options);
  if (result.code === 0 || !result.lines.some((line) => TOO_BUSY.test(line))) return result;
  options.progress("the machine is busy: the API server did not answer in time; once more");
  return runEngine(args, options);
}

export function failure(what: string, { code, lines, log }: EngineResult): ClusterError {
  const parts = adviceCounted(sections(lines, ["Diagnostics", "Policies", "Policy Violations"]));
  const text = parts.length > 0 ? parts.join("\n") : logTail(log, 15);
  return new ClusterError(`${what} failed (exit code ${String(code)}).\n${text}\nWhole output: ${log}`);
}

const stacksSchema = z.array(z.object({ name: z.string() }));

export async function stackExists(options: EngineOptions): Promise<boolean> {
  const result = await runEngine(["stack", "ls", "--json"], options);
  if (result.code !== 0) throw failure("Listing the stacks", result);
  const text = result.lines.join("\n");
  const parsed = stacksSchema.safeParse(JSON.parse(text.slice(text.indexOf("["))));
  return parsed.success && parsed.data.some(({ name }) => name === options.stack);
}

const lockSchema = z.object({ pid: z.number().int().positive(), timestamp: z.string() });

/**
 * A run that was killed leaves the stack locked. The backend is ours alone and on this machine, so the lock's process
 * decides: while it runs we wait for it, once it is gone the lock goes.
 */
export async function releaseStaleLock(options: EngineOptions, timeoutMs = 15 * 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let told = false;
  for (;;) {
    const holders = stackLocks(options);
    if (holders.length === 0) return;
    const alive = holders.find((pid) => isPulumi(pid));
    if (alive === undefined) break;
    if (Date.now() > deadline) {
      throw new ClusterError(
        `pulumi (process ${String(alive)}) is still at work on stack ${options.stack}. Run npm start again later.`,
      );
    }
    if (!told)
      options.progress(`waiting for pulumi (process ${String(alive)}), which is at work on stack ${options.stack}`);
    told = true;
    await sleep(1_000);
  }
  options.progress(`unlocking stack ${options.stack}: the run that locked it was killed`);
  const result = await runEngine(["cancel", "--yes", "--stack", options.stack], options);
  if (result.code !== 0) throw failure("Unlocking the stack", result);
}

/** Process ids in the local backend's lock files, `.pulumi/locks/organization/<project>/<stack>/<id>.json`. */
function stackLocks({ env, stack }: EngineOptions): number[] {
  const backend = (env["PULUMI_BACKEND_URL"] ?? "").replace(/^file:\/\//, "");
  const folder = join(backend, ".pulumi", "locks");
  return files(folder)
    .filter((file) => dirname(file).endsWith(`/${stack}`) && file.endsWith(".json"))
    .flatMap((file) => {
      const parsed = lockSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
      return parsed.success ? [parsed.data.pid] : [];
    });
}

function files(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function isPulumi(pid: number): boolean {
  const identity = processIdentity(pid);
  if (identity === undefined || !isRunning({ pid, identity })) return false;
  try {
    return (
      readFileSync(`/proc/${String(pid)}/cmdline`, "utf8")
        .split("\0", 1)[0]
        ?.endsWith("pulumi") === true
    );
  } catch {
    return true; // no /proc here: a process with that id runs, so it is taken for the one that locked
  }
}
