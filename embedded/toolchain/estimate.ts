import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a build has to compile: the size of each package's sources by its import path. */
export type Work = ReadonlyMap<string, number>;

const FORMAT = '{{if .Stale}}{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles "\t"}}{{end}}';

/** Packages that Go's cache lacks, by Go's own reckoning for these flags; downloads the modules that it must read. */
export async function workOf(
  flags: readonly string[],
  target: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Work> {
  try {
    const args = ["list", "-deps", ...flags, "-f", FORMAT, target];
    const { stdout } = await run("go", args, { ...options, maxBuffer: 64 * 1024 * 1024 });
    return new Map(stdout.split("\n").flatMap(sizeOf));
  } catch {
    // Whatever is wrong, `go build` says it in full.
    return new Map();
  }
}

function sizeOf(line: string): [string, number][] {
  const [name, folder, ...files] = line.split("\t");
  if (name === undefined || folder === undefined) return [];
  const size = (file: string): number => statSync(path.join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
  return [[name, files.reduce((sum, file) => sum + size(file), 0)]];
}

/** Below this part of the work, what is seen says little: the first packages are small and wait for each other. */
const ENOUGH = 0.05;

/** How far a build is, from the packages that Go names when it begins with them. */
export class Estimate {
  readonly #work: Work;
  readonly #total: number;
  readonly #atOnce: number;
  readonly #begun: number[] = [];

  /** @param atOnce - packages that Go compiles at the same time: the last so many that it named are not done yet. */
  constructor(work: Work, atOnce: number) {
    this.#work = work;
    this.#total = [...work.values()].reduce((sum, size) => sum + size, 0);
    this.#atOnce = atOnce;
  }

  /** Reads a line of `go build -v`. */
  take(line: string): void {
    const size = this.#work.get(line.trim());
    if (size !== undefined) this.#begun.push(size);
  }

  /** For the user: how much is done, and how long the rest takes if it goes on as it went so far. */
  describe(seconds: number): string {
    if (this.#work.size === 0) return "";
    const packages = `, ${String(this.#begun.length)} of ${String(this.#work.size)} packages`;
    const left = this.secondsLeft(seconds);
    return left === undefined ? packages : `${packages}, about ${rounded(left)} to go`;
  }

  secondsLeft(seconds: number): number | undefined {
    const done = this.#begun.slice(0, -this.#atOnce).reduce((sum, size) => sum + size, 0);
    return done < ENOUGH * this.#total ? undefined : (seconds * (this.#total - done)) / done;
  }
}

/** As exact as it can be known. */
function rounded(seconds: number): string {
  if (seconds < 90) return `${String(Math.max(10, Math.round(seconds / 10) * 10))}s`;
  return `${String(Math.round(seconds / 60))}m`;
}
