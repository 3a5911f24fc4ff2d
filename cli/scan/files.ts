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
const FILE_LIMIT = 512 * 1024 * 1024;

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
  let decoder: TextDecoder | undefined;
  let size = 0;
  for (const bytes of readBytes(file)) {
    size += bytes.length;
    if (size > FILE_LIMIT)
      throw new UnreadableError(`is larger than ${FILE_LIMIT / 1024 / 1024} MiB; split it into several files`);
    decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
    if (decoder.encoding === "utf-8" && bytes.includes(0))
      throw new UnreadableError("is binary, not YAML or JSON (UTF-16 begins with a byte order mark)");
    yield decode(decoder, bytes);
  }
  if (decoder !== undefined) yield decode(decoder);
}

/** By the byte order mark, as libyaml and so kubectl tell: PowerShell writes UTF-16. */
function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    const encoding = decoder.encoding.toUpperCase();
    throw new UnreadableError(`is not ${encoding} text${encoding === "UTF-8" ? "; convert it to UTF-8" : ""}`);
  }
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
