import { runInThisContext } from "node:vm";
import { generate } from "./generate";
import { syntaxTree } from "./interpreter";
import { runtime } from "./runtime";

/** The code of an expression. Throws where it leaves the case to the interpreter. */
export type Generated = (object: unknown, pod: unknown, container: unknown, params: unknown) => unknown;

/** Whether evaluated code is the function that takes the runtime. */
function isMaker(value: unknown): value is (r: typeof runtime) => Generated {
  return typeof value === "function";
}

/** The code of an expression; undefined where none can be made. Throws for a mistake in the expression. */
export function generatedFor(source: string): Generated | undefined {
  const text = generate(syntaxTree(source));
  const make: unknown = text === undefined ? undefined : runInThisContext(`(r)=>${text}`);
  return isMaker(make) ? make(runtime) : undefined;
}
