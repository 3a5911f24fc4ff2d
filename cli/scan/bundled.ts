import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import type * as command from "./command";

/** What the build makes in `directory`: the scanner in one file, and V8's code for it. */
export const bundleFile = (directory: string): string => join(directory, "scanner.js");
export const codeFile = (directory: string): string => join(directory, "scanner.code");

type Wrapper = (exports: object, require: NodeJS.Require, module: object) => void;

function isWrapper(value: unknown): value is Wrapper {
  return typeof value === "function";
}

function isCommand(value: object): value is typeof command {
  return "main" in value;
}

/** The scanner from one file. V8's code for it saves compiling where it is of this Node.js, and else is left aside. */
export function bundled(
  directory: string,
  code?: Buffer,
): { readonly command: typeof command; readonly script: Script } {
  const file = bundleFile(directory);
  const wrapped = `(function(exports,require,module){${readFileSync(file, "latin1")}\n})`;
  const script = new Script(wrapped, { filename: file, ...(code && { cachedData: code }) });
  const run: unknown = script.runInThisContext();
  const module = { exports: {} };
  if (isWrapper(run)) run(module.exports, createRequire(file), module);
  if (!isCommand(module.exports)) throw new Error(`${file} is no scanner; run "npm run build"`);
  return { command: module.exports, script };
}

/** Runs the command line of this process. */
export function main(): void {
  bundled(__dirname, readFileSync(codeFile(__dirname))).command.main();
}
