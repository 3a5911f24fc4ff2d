import { runInThisContext } from "node:vm";
import { generate } from "./generate";
import { syntaxTree } from "./interpreter";
import { runtime } from "./runtime";
import { table } from "./table";
import type { Generated } from "./table";

/** Whether evaluated code is the function that takes the runtime. */
function isMaker(value: unknown): value is (r: typeof runtime) => Generated {
  return typeof value === "function";
}

/** The code of an expression: from the build, else made on the spot. Throws for a mistake in the expression. */
export function generatedFor(source: string): Generated | undefined {
  const known = table[source];
  if (known !== undefined) return known ?? undefined;
  const text = generate(syntaxTree(source));
  const make: unknown = text === undefined ? undefined : runInThisContext(`(r)=>${text}`);
  return isMaker(make) ? make(runtime) : undefined;
}
