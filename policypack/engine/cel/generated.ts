import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { generate } from "./generate";
import { syntaxTree } from "./interpreter";
import { runtime } from "./runtime";

/** The code of an expression. Throws where it leaves the case to the interpreter. */
export type Generated = (object: unknown, pod: unknown, container: unknown, params: unknown) => unknown;

/** What a build made of all rules, by expression; null where no code can be made. See `precompile.ts`. */
export const tableFile = join(__dirname, "table.js");

type Make<T> = (r: typeof runtime) => T;

/** Whether the build's module, or code made here, is the function that takes the runtime. */
function isMaker<T>(value: unknown): value is Make<T> {
  return typeof value === "function";
}

type Table = Readonly<Record<string, Generated | null>>;

let table: Table | undefined;

function built(): Table {
  return (table ??= existsSync(tableFile) ? read() : {});
}

function read(): Table {
  const make: unknown = createRequire(__filename)(tableFile);
  if (!isMaker<Table>(make)) throw new TypeError(`${tableFile} is no table of expressions; run "npm run build"`);
  return make(runtime);
}

/** The code of an expression: from the build, else made on the spot. Throws for a mistake in the expression. */
export function generatedFor(source: string): Generated | undefined {
  const known = built()[source];
  if (known !== undefined) return known ?? undefined;
  const text = generate(syntaxTree(source));
  const make: unknown = text === undefined ? undefined : runInThisContext(`(r)=>${text}`);
  return isMaker<Generated>(make) ? make(runtime) : undefined;
}
