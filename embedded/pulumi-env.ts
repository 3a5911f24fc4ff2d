import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { ensureTools, projectRoot } from "./toolchain";

export interface PulumiEnvOptions {
  readonly onProgress?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Of the dev stack, and no secret: what it opens are random passwords of a cluster whose pods are simulated, in a state
 * that lies beside it on the same disk. Being the same everywhere, its salt can be in Pulumi.dev.yaml, which Pulumi
 * would otherwise change on each machine.
 */
export const DEV_PASSPHRASE = "mijnbureau-dev";

/** Where the dev stack keeps everything that is not in the repository. */
export function defaultStateDir(): string {
  return path.join(projectRoot(), ".pulumi-dev");
}

/**
 * The variables with which Pulumi's CLI runs the embedded stacks, self-contained under `stateDir`: engine, providers and
 * language host from our toolchain, state in local files, nothing fetched and nothing sent.
 *
 * Only what must be set is returned; the caller adds it to its own environment (`npm run env` prints it for a shell).
 */
export async function pulumiEnv(stateDir: string, options: PulumiEnvOptions = {}): Promise<Record<string, string>> {
  const bin = path.join(stateDir, "bin");
  const inherited = options.env ?? process.env;
  // In a shell that has these variables already, our own folder is not where tools come from.
  const rest = (inherited["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== bin);
  const env = { ...inherited, PATH: rest.join(path.delimiter) };
  const tools = await ensureTools(["pulumi", "pulumi-resource-kubernetes"], { ...options, env });
  const home = path.join(stateDir, "home");
  const backend = path.join(stateDir, "backend");
  for (const folder of [bin, home, backend]) fs.mkdirSync(folder, { recursive: true });

  // The engine takes a language host without a remark when it is beside the engine's own executable, hence no symlink.
  hardLink(path.join(bin, "pulumi"), tools.pulumi);
  link(path.join(bin, "pulumi-resource-kubernetes"), tools["pulumi-resource-kubernetes"]);
  script(path.join(bin, "pulumi-language-nodejs"), "language-host");
  script(path.join(bin, "pulumi-resource-random"), "random-provider");
  withoutAutomaticLog(home);

  return {
    PATH: [bin, ...rest].join(path.delimiter),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: DEV_PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Plugins are found on PATH; an inherited "ignore what is on PATH" would hide all of them.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "false",
  };
}

/**
 * The CLI writes every property of every resource, secrets included, to files under `logs`: over half of its running
 * time and a copy of the stack on disk. With a plain file in the folder's place it cannot, and goes on without.
 */
function withoutAutomaticLog(home: string): void {
  const logs = path.join(home, "logs");
  if (fs.existsSync(logs) && fs.statSync(logs).isFile()) return;
  fs.rmSync(logs, { recursive: true, force: true });
  fs.writeFileSync(logs, "A file on purpose: it keeps Pulumi from logging every property of every resource here.\n");
}

/** An executable that runs one of our own processes with the Node that runs this one. */
function script(file: string, folder: string): void {
  const compiled = __filename.endsWith(".js");
  const main = path.join(__dirname, folder, compiled ? "index.js" : "index.ts");
  const lines = ["#!/bin/sh"];
  const args = [quote(process.execPath)];
  if (!compiled) {
    // Under ts-node (tests), from any folder; the process removes the variable again before it starts programs.
    lines.push(`export TS_NODE_PROJECT=${quote(path.join(projectRoot(), "tsconfig.json"))}`);
    args.push("-r", quote(createRequire(__filename).resolve("ts-node/register/transpile-only")));
  }
  lines.push(`exec ${[...args, quote(main)].join(" ")} "$@"`, "");
  replace(file, (draft) => fs.writeFileSync(draft, lines.join("\n"), { mode: 0o755 }));
}

function hardLink(file: string, target: string): void {
  const real = fs.realpathSync(target);
  replace(file, (draft) => {
    try {
      fs.linkSync(real, draft);
    } catch {
      // Another file system, or a system executable that may not be linked.
      fs.copyFileSync(real, draft);
    }
  });
}

function link(file: string, target: string): void {
  replace(file, (draft) => fs.symlinkSync(target, draft));
}

/** Atomically, because a second start may be running what is there now. */
function replace(file: string, write: (draft: string) => void): void {
  const draft = `${file}.${process.pid}`;
  fs.rmSync(draft, { force: true });
  write(draft);
  fs.renameSync(draft, file);
  // Renaming one hard link over another of the same file does nothing, and leaves the draft.
  fs.rmSync(draft, { force: true });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
