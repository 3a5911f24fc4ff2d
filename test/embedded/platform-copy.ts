import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { cacheFolder, projectRoot } from "../../embedded/toolchain";

/** What `npm start` needs of the project. */
const PARTS = [
  "Pulumi.yaml",
  "Pulumi.dev.yaml",
  "charts.lock.json",
  "cli",
  "components",
  "config",
  "embedded",
  "index.ts",
  "lib",
  "package.json",
  "policypack",
  "suite",
  "test/charts",
  "tsconfig.build.json",
  "tsconfig.json",
];

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/**
 * The project as a user has it, in a folder of its own: compiled, with its own cluster, state and stack file, the
 * machine's toolchain, and an empty chart cache, so that every chart is its stand-in.
 */
export class PlatformCopy {
  readonly root = mkdtempSync(join(tmpdir(), "platform-"));
  readonly kubeconfig = join(this.root, ".pulumi-dev", "cluster", "kubeconfig");
  private readonly cache = join(this.root, ".cache");
  private readonly running = new Set<ChildProcess>();

  async make(): Promise<void> {
    for (const part of PARTS) cpSync(join(projectRoot(), part), join(this.root, part), { recursive: true });
    symlinkSync(join(projectRoot(), "node_modules"), join(this.root, "node_modules"));
    const tools = join(this.cache, "mijnbureau-platform", "toolchain");
    mkdirSync(dirname(tools), { recursive: true });
    mkdirSync(cacheFolder(process.env), { recursive: true });
    symlinkSync(cacheFolder(process.env), tools);
    const { code, output } = await this.run("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"]);
    if (code !== 0) throw new Error(`the copy does not compile: ${output}`);
  }

  /** Changes one key of the dev stack's configuration; `undefined` removes it. */
  configure(path: readonly [key: string, ...rest: string[]], value: unknown): void {
    const file = join(this.root, "Pulumi.dev.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    const [key, ...rest] = path;
    const place = ["config", `mijnbureau-platform:${key}`, ...rest];
    if (value === undefined) document.deleteIn(place);
    else document.setIn(place, value);
    writeFileSync(file, document.toString());
  }

  /** What the last `up` did to which resources, of which type and name. */
  changed(): string[] {
    const log = readFileSync(join(this.root, ".pulumi-dev/logs/pulumi-up.log"), "utf8");
    const done = log.matchAll(/^ [-+~ ]+ (\S+:\S+) (\S+) (created|updated|deleted|replaced)\b/gm);
    return [...done].map(([, type = "", name = "", deed = ""]) => `${deed} ${type} ${name}`);
  }

  start(args: readonly string[] = [], onOutput?: (output: string, child: ChildProcess) => void): Promise<Ended> {
    return this.run(process.execPath, ["dist/cli/start.js", ...args], onOutput);
  }

  cli(name: string, args: readonly string[]): Promise<Ended> {
    return this.run(process.execPath, [`dist/cli/${name}.js`, ...args]);
  }

  /** Pulumi as in a shell after `eval "$(npm run -s env)"`. */
  pulumi(args: readonly string[]): Promise<Ended> {
    const line = ["pulumi", ...args, "--stack", "dev", "--non-interactive", "--color", "never"].join(" ");
    return this.run("bash", ["-ec", `eval "$(${process.execPath} dist/cli/env.js)"\n${line}`]);
  }

  async remove(): Promise<void> {
    for (const child of this.running) child.kill("SIGKILL");
    await this.cli("cluster", ["reset"]);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  private run(
    command: string,
    args: readonly string[],
    onOutput?: (output: string, child: ChildProcess) => void,
  ): Promise<Ended> {
    const child = spawn(command, args, {
      cwd: this.root,
      env: { ...process.env, XDG_CACHE_HOME: this.cache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    let output = "";
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      onOutput?.(output, child);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        this.running.delete(child);
        resolve({ code, output });
      });
    });
  }
}
