import { spawn } from "node:child_process";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { availableParallelism } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { errorCode, ToolchainError } from "./error";
import { Estimate, workOf } from "./estimate";
import { type Go, goEnv } from "./go";
import type { Tool } from "./table";

const run = promisify(execFile);

export interface BuildTarget {
  readonly tool: Tool;
  readonly moduleFolder: string;
  /** The finished executable; it appears only when complete. */
  readonly file: string;
  readonly logFile: string;
}

export interface BuildContext {
  readonly env: NodeJS.ProcessEnv;
  readonly go: Go;
  readonly onProgress: (line: string) => void;
  readonly reportMs: number;
  /** Ends the build; what is compiled by then stays in Go's cache. */
  readonly signal?: AbortSignal | undefined;
}

/** What a cold build of everything leaves in Go's caches and ours; one tool alone needs far less. */
const NEEDED_MEGABYTES = 1500;

export async function build(target: BuildTarget, context: BuildContext): Promise<void> {
  const folder = path.dirname(target.file);
  fs.mkdirSync(folder, { recursive: true });
  fs.mkdirSync(path.dirname(target.logFile), { recursive: true });
  removeLeftovers(folder, target.tool.bin);
  for (const place of [folder, context.go.buildCache, context.go.moduleCache]) checkSpace(place, target.tool.bin);

  const draft = `${target.file}.${process.pid}.tmp`;
  // Debug information is stripped anyway; not generating it saves about a tenth of the compile time.
  const flags = ["-mod=readonly", "-trimpath", ...(await overlayFlags(target, context)), "-gcflags=all=-dwarf=false"];
  const options = { cwd: target.moduleFolder, env: goEnv(context.env) };
  const estimate = new Estimate(await workOf(flags, target.tool.package, options), availableParallelism());
  const args = ["build", "-v", ...flags, "-ldflags", linkFlags(target.tool), "-o", draft, target.tool.package];
  try {
    await compile(args, estimate, target, context);
    fs.renameSync(draft, target.file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

export function linkFlags(tool: Tool): string {
  return ["-s", "-w", ...(tool.stamps ?? []).map((stamp) => `-X ${stamp}`)].join(" ");
}

function removeLeftovers(folder: string, bin: string): void {
  // The caller holds the tool's lock, so whatever is half-built here belongs to nobody.
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(`${bin}.`) && name.endsWith(".tmp")) fs.rmSync(path.join(folder, name), { force: true });
  }
}

function checkSpace(place: string, bin: string): void {
  const existing = nearestExisting(place);
  const { bavail, bsize } = fs.statfsSync(existing);
  const free = Math.floor((bavail * bsize) / 1024 / 1024);
  if (free >= NEEDED_MEGABYTES) return;
  throw new ToolchainError(`There is not enough disk space to build ${bin}.`, {
    found: `${free} MB free at ${existing}`,
    needed: `${NEEDED_MEGABYTES} MB`,
    todo: "free some space, or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE to a larger disk; what is built so far is kept",
  });
}

function nearestExisting(place: string): string {
  return fs.existsSync(place) ? place : nearestExisting(path.dirname(place));
}

/** Lets `main.go` embed files of a dependency: Go reads them from the module cache instead of from our folder. */
async function overlayFlags(target: BuildTarget, context: BuildContext): Promise<string[]> {
  const { overlay } = target.tool;
  if (overlay === undefined) return [];
  context.onProgress(`${target.tool.bin}: looking up ${overlay.dependency} (downloaded on first use)`);
  const dependency = await moduleFolderOf(overlay.dependency, target, context);
  const replace: Record<string, string> = {};
  for (const [name, inside] of Object.entries(overlay.files)) {
    replace[path.join(target.moduleFolder, name)] = path.join(dependency, inside);
  }
  const file = path.join(path.dirname(target.file), "overlay.json");
  fs.writeFileSync(file, JSON.stringify({ Replace: replace }));
  return ["-overlay", file];
}

async function moduleFolderOf(dependency: string, target: BuildTarget, context: BuildContext): Promise<string> {
  const options = { cwd: target.moduleFolder, env: goEnv(context.env), maxBuffer: 64 * 1024 * 1024 };
  try {
    // `go list -m` names no folder for a module that is not downloaded yet; `go mod download` gets just this one.
    await run("go", ["mod", "download", dependency], options);
    const { stdout } = await run("go", ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", dependency], options);
    return stdout.trim();
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    fs.writeFileSync(target.logFile, output);
    throw explain(output, target);
  }
}

async function compile(
  args: readonly string[],
  estimate: Estimate,
  target: BuildTarget,
  context: BuildContext,
): Promise<void> {
  const { tool } = target;
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  const log = fs.openSync(target.logFile, "w");
  fs.writeSync(log, `go ${args.join(" ")}\n`);
  let output = "";
  const child = spawn("go", args, {
    cwd: target.moduleFolder,
    env: goEnv(context.env),
    stdio: ["ignore", "pipe", "pipe"],
    ...(context.signal !== undefined && { signal: context.signal }),
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    estimate.take(line);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      const text = chunk.toString();
      output = (output + text).slice(-20_000);
      fs.writeSync(log, text);
    });
  }
  const name = `building ${tool.bin} ${tool.version}`;
  context.onProgress(name);
  const timer = setInterval(() => {
    context.onProgress(`${name}: ${duration(seconds())}${estimate.describe(seconds())}`);
  }, context.reportMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code !== 0) throw explain(output, target);
    context.onProgress(`built ${tool.bin} ${tool.version} in ${duration(seconds())}`);
  } finally {
    clearInterval(timer);
    fs.closeSync(log);
  }
}

/** Turns the end of Go's output into the one thing to do. */
export function explain(output: string, target: Pick<BuildTarget, "tool" | "logFile">): ToolchainError {
  const { tool, logFile: log } = target;
  const what = `Building ${tool.bin} ${tool.version} failed`;
  const lines = output.trimEnd().split("\n");
  const lineWith = (pattern: RegExp): string | undefined => lines.findLast((line) => pattern.test(line))?.trim();

  const disk = lineWith(/no space left on device|disk quota exceeded/i);
  if (disk !== undefined) {
    const todo =
      "free some space, or point XDG_CACHE_HOME, GOCACHE, GOMODCACHE and TMPDIR to a larger disk, then start again";
    return new ToolchainError(`${what}: the disk is full.`, { found: disk, todo, log });
  }
  const old = /requires go >= (\S+) \(running (?:go ?)?(\S+?)[;)]/.exec(output);
  if (old !== null) {
    const todo = "install that Go from https://go.dev/dl (or your distribution), then start again";
    return new ToolchainError(`${what}: this Go is too old.`, {
      found: old[2] ?? "",
      needed: `Go ${old[1]}`,
      todo,
      log,
    });
  }
  const network = lineWith(
    /dial tcp|no such host|i\/o timeout|connection refused|connection reset|TLS handshake|lookup disabled|50[234] /,
  );
  if (network !== undefined) {
    const todo =
      "check the network or set GOPROXY to a reachable module proxy, then start again (what is there is kept)";
    return new ToolchainError(`${what}: Go modules cannot be downloaded.`, { found: network, todo, log });
  }
  const killed = lineWith(/signal: killed/);
  if (killed !== undefined) {
    const todo =
      "the compiler was killed, usually for lack of memory: close other programs or set GOMAXPROCS=1, then start again";
    return new ToolchainError(`${what}: the compiler was killed.`, { found: killed, todo, log });
  }
  const found = lines.at(-1) ?? "no output";
  return new ToolchainError(`${what}.`, { found, todo: "read the log; starting again resumes where it stopped", log });
}

/** For tests and callers that report file errors of their own. */
export function isDiskFull(error: unknown): boolean {
  return errorCode(error) === "ENOSPC";
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
