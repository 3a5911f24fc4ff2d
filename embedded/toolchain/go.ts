import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import * as semver from "semver";
import { errorCode, ToolchainError } from "./error";

const run = promisify(execFile);

export interface Go {
  /** As Go prints it: "go1.26.8". */
  readonly version: string;
  readonly buildCache: string;
  readonly moduleCache: string;
}

const INSTALL = "install Go from https://go.dev/dl (or your distribution) and put it on PATH";

/** Reads the Go on `PATH`; `undefined` when there is none, which is only a problem when something must be built. */
export async function findGo(env: NodeJS.ProcessEnv): Promise<Go | undefined> {
  try {
    // Outside any module, so that no go.mod makes Go switch to (and download) another toolchain here.
    const { stdout } = await run("go", ["env", "-json", "GOVERSION", "GOCACHE", "GOMODCACHE"], {
      cwd: os.tmpdir(),
      env: goEnv(env),
    });
    const values: unknown = JSON.parse(stdout);
    return {
      version: text(values, "GOVERSION"),
      buildCache: text(values, "GOCACHE"),
      moduleCache: text(values, "GOMODCACHE"),
    };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new ToolchainError("Go is on PATH but does not run.", {
      found: error instanceof Error ? error.message : String(error),
      todo: INSTALL,
    });
  }
}

function text(values: unknown, key: string): string {
  if (typeof values === "object" && values !== null) {
    const value: unknown = Object.getOwnPropertyDescriptor(values, key)?.value;
    if (typeof value === "string") return value;
  }
  throw new Error(`\`go env -json\` did not print ${key}`);
}

/**
 * Settings of a build that the machine must not change: no workspace file, no C compiler, the committed lock files.
 * Where modules come from (GOPROXY, GONOSUMDB, …) and which caches are used stays the machine's choice.
 */
export function goEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOFLAGS: "-buildvcs=false", GOWORK: "off", CGO_ENABLED: "0", GOOS: "", GOARCH: "" };
}

/** The oldest Go that can build a module: its own `go` line. */
export function requiredGo(moduleFolder: string): string {
  const line = /^go (\d+\.\d+(?:\.\d+)?)/m.exec(fs.readFileSync(path.join(moduleFolder, "go.mod"), "utf8"))?.[1];
  if (line === undefined) throw new Error(`${moduleFolder}/go.mod has no "go" line`);
  return line;
}

export function checkGo(go: Go | undefined, tool: string, needed: string): asserts go is Go {
  if (go === undefined) {
    throw new ToolchainError(`${tool} must be built, and Go is not installed.`, {
      found: "no `go` on PATH",
      needed: `Go ${needed} or newer`,
      todo: `${INSTALL}, or put ${tool} itself on PATH`,
    });
  }
  const found = semver.coerce(go.version);
  const least = semver.coerce(needed);
  if (found !== null && least !== null && semver.lt(found, least)) {
    throw new ToolchainError(`${tool} must be built, and this Go is too old.`, {
      found: go.version,
      needed: `Go ${needed} or newer`,
      todo: `${INSTALL}, or put ${tool} itself on PATH`,
    });
  }
}
