import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as semver from "semver";
import { build, type BuildContext, duration, isDiskFull, linkFlags } from "./toolchain/build";
import { ToolchainError } from "./toolchain/error";
import { findInstalledPlugin, findOnPath, isExecutable, versionOf } from "./toolchain/find";
import { checkGo, findGo, type Go, requiredGo } from "./toolchain/go";
import { withLock } from "./toolchain/lock";
import { type Tool, type ToolName, TOOLS } from "./toolchain/table";

export { ToolchainError } from "./toolchain/error";
export { DEFAULT_TOOLS, isToolName, type Tool, type ToolName, TOOLS } from "./toolchain/table";

export interface EnsureOptions {
  /** One line for everything that takes longer than a few seconds. */
  readonly onProgress?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that holds the tools' Go modules. */
  readonly modules?: string;
  readonly reportMs?: number;
  /** Ends a build that nobody waits for any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Where each tool's executable is. */
export type ToolPaths<N extends string> = Readonly<Record<N, string>>;

/**
 * Finds or builds the named tools: on `PATH` in an accepted version, else in the cache, else from its Go module.
 *
 * May be interrupted at any moment (compiled packages stay in Go's cache, an executable appears only when complete) and
 * may run several times at once (one lock per tool; the others wait and then find it in the cache).
 */
export async function ensureTools<N extends ToolName>(
  names: readonly N[],
  options: EnsureOptions = {},
): Promise<ToolPaths<N>> {
  const table: Record<N, Tool> = TOOLS;
  return ensureFromTable(names, table, options);
}

/** Where each named tool is on this machine; one that would have to be built is left out. */
export async function findTools<N extends ToolName>(
  names: readonly N[],
  options: Pick<EnsureOptions, "env" | "modules"> = {},
): Promise<ReadonlyMap<N, string>> {
  const table: Record<N, Tool> = TOOLS;
  const { env = process.env, modules = modulesFolder() } = options;
  const go = await findGo(env);
  const found = new Map<N, string>();
  for (const name of names) {
    const looked = await lookUp(table[name], { env, modules, go });
    if (looked.found !== undefined) found.set(name, looked.found);
  }
  return found;
}

const modulesFolder = (): string => path.join(projectRoot(), "embedded", "toolchain");

/** `ensureTools` for any table; separate so that tests can use a module that builds in a second. */
export async function ensureFromTable<N extends string>(
  names: readonly N[],
  table: Readonly<Record<N, Tool>>,
  options: EnsureOptions = {},
): Promise<ToolPaths<N>> {
  const env = options.env ?? process.env;
  const modules = options.modules ?? modulesFolder();
  const onProgress = options.onProgress ?? (() => undefined);
  const go = await findGo(env);
  const looked = await Promise.all(names.map((name) => lookUp(table[name], { env, modules, go })));
  const paths = new Map<N, string>();
  const missing: { name: N; place: Place }[] = [];
  names.forEach((name, index) => {
    const result = looked[index];
    if (result === undefined) return;
    if (result.found !== undefined) paths.set(name, result.found);
    else missing.push({ name, place: result.place });
  });
  if (missing.length > 0)
    onProgress(
      announce(
        missing.map(({ name }) => table[name]),
        names.length,
      ),
    );
  for (const { name, place } of missing) {
    const { signal, reportMs = 15_000 } = options;
    paths.set(name, await buildOnce(table[name], place, { env, go, onProgress, reportMs, signal }));
  }
  return collect(names, paths);
}

interface Place {
  readonly moduleFolder: string;
  readonly file: string;
  readonly lock: string;
  readonly logFile: string;
}

interface Looked {
  readonly found: string | undefined;
  readonly place: Place;
}

async function lookUp(
  tool: Tool,
  context: { env: NodeJS.ProcessEnv; modules: string; go: Go | undefined },
): Promise<Looked> {
  const place = placeOf(tool, context);
  const found =
    (await findOnPath(tool, context.env)) ??
    findInstalledPlugin(tool, context.env) ??
    (isExecutable(place.file) ? place.file : undefined);
  return { found, place };
}

/** The cache: one for all checkouts of a user, one folder per content of the lock files. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"];
  const cache = base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), ".cache");
  return path.join(cache, "mijnbureau-platform", "toolchain");
}

function placeOf(tool: Tool, context: { env: NodeJS.ProcessEnv; modules: string; go: Go | undefined }): Place {
  const moduleFolder = path.join(context.modules, tool.module);
  const folder = path.join(cacheFolder(context.env), tool.bin);
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  return {
    moduleFolder,
    file: path.join(folder, keyOf(tool, moduleFolder, context.go), tool.bin),
    lock: path.join(folder, "lock"),
    logFile: path.join(folder, "logs", `${stamp}.log`),
  };
}

/** Everything that decides what comes out of the build. */
function keyOf(tool: Tool, moduleFolder: string, go: Go | undefined): string {
  const hash = createHash("sha256");
  for (const name of ["go.mod", "go.sum", "main.go", ...ownSources(tool, moduleFolder)]) {
    const file = path.join(moduleFolder, name);
    hash.update(`${name}\n`).update(fs.existsSync(file) ? fs.readFileSync(file) : "");
  }
  hash.update([tool.package, linkFlags(tool), go?.version ?? "", process.platform, process.arch].join("\n"));
  return hash.digest("hex").slice(0, 16);
}

/** Go files of ours beside `main.go`, or in the folder of the module that is built. */
function ownSources(tool: Tool, moduleFolder: string): readonly string[] {
  if (!tool.package.startsWith(".")) return [];
  const folder = path.join(moduleFolder, tool.package);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return names
    .filter((name) => name.endsWith(".go"))
    .map((name) => path.join(tool.package, name))
    .filter((name) => name !== "main.go");
}

function announce(missing: readonly Tool[], wanted: number): string {
  const list = missing.map((tool) => `${tool.bin} ${tool.version}`).join(", ");
  return (
    `${missing.length} of ${wanted} tools must be built, once per machine: ${list}. ` +
    `On two free cores and with nothing cached this takes about ${duration(secondsFor(missing))}; ` +
    "it may be interrupted and resumes."
  );
}

/** Tools of one module share most of their packages: after the largest, each is a fifth of what it is alone. */
function secondsFor(tools: readonly Tool[]): number {
  const largest = new Map<string, number>();
  for (const { module, buildSeconds } of tools) {
    largest.set(module, Math.max(largest.get(module) ?? 0, buildSeconds));
  }
  const first = [...largest.values()].reduce((sum, seconds) => sum + seconds, 0);
  const all = tools.reduce((sum, { buildSeconds }) => sum + buildSeconds, 0);
  return Math.round(first + (all - first) / 5);
}

async function buildOnce(
  tool: Tool,
  place: Place,
  context: Omit<BuildContext, "go"> & { go: Go | undefined },
): Promise<string> {
  const { go } = context;
  checkGo(go, tool.bin, requiredGo(place.moduleFolder));
  const work = async (): Promise<string> => {
    // Another start may have built it while this one waited for the lock.
    if (isExecutable(place.file)) return place.file;
    await build({ tool, ...place }, { ...context, go });
    await checkBuilt(tool, place, context.env);
    return place.file;
  };
  try {
    return await withLock(place.lock, work, {
      onWait: (pid) => context.onProgress(`${tool.bin}: process ${pid} is building it already, waiting for that`),
      onStillWaiting: (seconds) =>
        context.onProgress(`${tool.bin}: still waiting (${duration(seconds)}), lock ${place.lock}`),
      reportMs: context.reportMs,
    });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new ToolchainError(`Building ${tool.bin} failed: the disk is full.`, {
      found: error instanceof Error ? error.message : String(error),
      todo: "free some space, or point XDG_CACHE_HOME to a larger disk, then start again",
    });
  }
}

/** A build with a wrong version stamp would be found on `PATH` by nobody and trusted by everybody: refuse it. */
async function checkBuilt(tool: Tool, place: Place, env: NodeJS.ProcessEnv): Promise<void> {
  if (tool.versionArgs === undefined) return;
  const version = await versionOf(place.file, tool.versionArgs, env);
  if (version !== undefined && semver.satisfies(version, tool.accepts)) return;
  fs.rmSync(place.file, { force: true });
  throw new ToolchainError(`The ${tool.bin} that was just built does not report its version.`, {
    found: version ?? `no version in the output of \`${tool.bin} ${tool.versionArgs.join(" ")}\``,
    needed: tool.accepts,
    todo: `compare ${place.moduleFolder}/go.mod with the version in embedded/toolchain/table.ts`,
    log: place.logFile,
  });
}

function collect<N extends string>(names: readonly N[], paths: ReadonlyMap<N, string>): ToolPaths<N> {
  const isComplete = (value: Partial<Record<N, string>>): value is Record<N, string> =>
    names.every((name) => value[name] !== undefined);
  const result: Partial<Record<N, string>> = {};
  for (const [name, file] of paths) result[name] = file;
  if (!isComplete(result)) throw new Error(`no path for one of ${names.join(", ")}`);
  return result;
}

/** The checkout, from the compiled and from the TypeScript file alike. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, "package.json"))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}

/** The commands need what `engines` in package.json says; an older Node fails later and less clearly. */
export function checkNode(version: string = process.versions.node): void {
  const needed = ">=20.19.0";
  if (semver.satisfies(version, needed)) return;
  throw new ToolchainError("This Node.js is too old.", {
    found: `Node.js ${version}`,
    needed: `Node.js 20.19 or newer`,
    todo: "install a current Node.js from https://nodejs.org (or your distribution)",
  });
}
