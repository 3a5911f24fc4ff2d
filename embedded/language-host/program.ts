import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import { type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { track } from "./children";
import { programDirectory, runtimeOptions } from "./options";

/** `@pulumi/pulumi/cmd/run` exits with this after it has explained the error itself (cmd/run/index.js). */
const ALREADY_EXPLAINED = 32;

/** What the engine's Cancel interrupts: programs, not plugins. */
const running = new Set<ChildProcess>();

export function cancelPrograms(): void {
  for (const child of running) child.kill("SIGINT");
}

/** Finds a module as the program itself would: from its own folder upwards. */
export function locate(moduleName: string, directory: string): string {
  try {
    return createRequire(path.join(directory, "package.json")).resolve(moduleName);
  } catch {
    throw new Error(
      `${moduleName} is not installed for ${directory}: run \`npm ci\` in the folder of its package.json`,
    );
  }
}

export async function runProgram(request: RunRequest, engine: string): Promise<RunResponse> {
  const response = new RunResponse();
  try {
    const code = await start(request, engine);
    if (code === ALREADY_EXPLAINED) response.setBail(true);
    else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code}`);
  } catch (error) {
    response.setError(error instanceof Error ? error.message : String(error));
  }
  return response;
}

function start(request: RunRequest, engine: string): Promise<number | string> {
  const directory = programDirectory(request.getInfo());
  const options = runtimeOptions(request.getInfo());
  const args = [...options.nodeArgs, locate("@pulumi/pulumi/cmd/run", directory), ...programArguments(request, engine)];
  const env = {
    ...process.env,
    ...options.env,
    PULUMI_CONFIG: JSON.stringify(configOf(request.getConfigMap())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
  return new Promise((resolve, reject) => {
    // The engine shows what this process prints, so the program's output needs no copying.
    const child = track(
      spawn(process.execPath, args, { cwd: directory, env, stdio: ["ignore", "inherit", "inherit"] }),
    );
    running.add(child);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? "unknown");
    });
  });
}

/** Flags of `@pulumi/pulumi/cmd/run`, in its own usage text's order; empty values are left out. */
function programArguments(request: RunRequest, engine: string): string[] {
  const info = request.getInfo();
  const flags: [string, string][] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engine],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", info?.getRootDirectory() ?? ""],
    ["stack", request.getStack()],
    ["pwd", info?.getProgramDirectory() ?? ""],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() ?? ".",
    ...request.getArgsList(),
  ];
}

/** The SDK expects the keys in their old form, `<namespace>:config:<name>`. */
export function configOf(config: {
  forEach(visit: (value: string, key: string) => void): void;
}): Record<string, string> {
  const result: Record<string, string> = {};
  config.forEach((value, key) => {
    const colon = key.indexOf(":");
    const name = key.slice(colon + 1).replace(/^config:/, "");
    result[`${key.slice(0, colon)}:config:${name}`] = value;
  });
  return result;
}
