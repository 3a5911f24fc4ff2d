import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { TextDecoder } from "node:util";
import { systemMessage } from "./problem";
import type { Problem } from "./problem";
import { UserError } from "../../lib/errors";

/** "-" on the command line. */
export const STDIN = "-";

const MANIFEST = /\.(ya?ml|json)$/i;

/** Larger inputs would not fit into the memory of a build machine once parsed. */
export const FILE_LIMIT = 512 * 1024 * 1024;

const CHUNK = 1024 * 1024;

/** Every file behind the given paths, in order, each once. A directory that links back to itself is entered once. */
export function filesAt(paths: readonly string[], problems: Problem[]): string[] {
  const files = new Set<string>();
  for (const path of paths) {
    if (path === STDIN) {
      files.add(STDIN);
      continue;
    }
    attempt(path, problems, () => {
      if (!statSync(path).isDirectory()) {
        files.add(path);
        return;
      }
      const before = files.size;
      const troubles = problems.length;
      walk(path, new Set(), files, problems);
      if (files.size === before && problems.length === troubles)
        problems.push({ file: path, message: "holds no .yaml, .yml or .json file; name the rendered manifests" });
    });
  }
  return [...files];
}

function walk(directory: string, entered: Set<string>, files: Set<string>, problems: Problem[]): void {
  const real = realpathSync(directory);
  if (entered.has(real)) return;
  entered.add(real);
  for (const name of readdirSync(directory).sort()) {
    // Version control and tools keep their own state in hidden directories.
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = join(directory, name);
    attempt(path, problems, () => {
      const found = statSync(path);
      if (found.isDirectory()) walk(path, entered, files, problems);
      else if (found.isFile() && MANIFEST.test(name)) files.add(path);
    });
  }
}

function attempt(file: string, problems: Problem[], action: () => void): void {
  try {
    action();
  } catch (error) {
    problems.push({ file, message: systemMessage(error) });
  }
}

/** The file is no text that could be scanned. */
export class UnreadableError extends UserError {
  override readonly name = "UnreadableError";
}

/** The text of a file in pieces. Throws UnreadableError, or the system's error. */
export function* readText(file: string): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw new UnreadableError("is not UTF-8 text; convert it to UTF-8");
    }
  };
  let size = 0;
  for (const bytes of readBytes(file)) {
    size += bytes.length;
    if (size > FILE_LIMIT)
      throw new UnreadableError(`is larger than ${FILE_LIMIT / 1024 / 1024} MiB; split it into several files`);
    if (bytes.includes(0)) throw new UnreadableError("is binary, not YAML or JSON");
    yield decode(bytes);
  }
  yield decode();
}

function* readBytes(file: string): Generator<Uint8Array> {
  const descriptor = file === STDIN ? 0 : openSync(file, "r");
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const length = readSome(descriptor, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    if (descriptor !== 0) closeSync(descriptor);
  }
}

function readSome(descriptor: number, buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // Standard input of a terminal or a slow pipe has nothing yet, or ended (Windows).
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
