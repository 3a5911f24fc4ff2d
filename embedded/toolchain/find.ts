import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import * as semver from "semver";
import type { Tool } from "./table";

const run = promisify(execFile);

/** The executable on `PATH`, if it is there in an accepted version. */
export async function findOnPath(tool: Tool, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (tool.versionArgs === undefined) return undefined;
  for (const folder of (env["PATH"] ?? "").split(path.delimiter)) {
    const file = path.join(folder, tool.bin);
    if (!path.isAbsolute(folder) || !isExecutable(file)) continue;
    const version = await versionOf(file, tool.versionArgs, env);
    // Only the first one counts: it is the one that a shell would run.
    return version !== undefined && semver.satisfies(version, tool.accepts) ? file : undefined;
  }
  return undefined;
}

/** A resource plugin that Pulumi's own CLI has installed: `<home>/plugins/resource-<name>-v<version>/`. */
export function findInstalledPlugin(tool: Tool, env: NodeJS.ProcessEnv): string | undefined {
  const prefix = "pulumi-resource-";
  if (!tool.bin.startsWith(prefix)) return undefined;
  const plugins = path.join(env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"), "plugins");
  const stem = `resource-${tool.bin.slice(prefix.length)}-v`;
  const versions = list(plugins)
    .filter((name) => name.startsWith(stem))
    .map((name) => name.slice(stem.length))
    .filter((version) => semver.satisfies(version, tool.accepts));
  const newest = versions.sort(semver.rcompare)[0];
  if (newest === undefined) return undefined;
  const file = path.join(plugins, `${stem}${newest}`, tool.bin);
  return isExecutable(file) ? file : undefined;
}

/** The first version number that the executable prints, on either stream. */
export async function versionOf(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(file, [...args], {
      timeout: 20_000,
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)/.exec(`${stdout}\n${stderr}`)?.[1];
  } catch {
    return undefined;
  }
}

export function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
