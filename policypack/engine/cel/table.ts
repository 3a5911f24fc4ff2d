/** The code of an expression. Throws where it leaves the case to the interpreter. */
export type Generated = (object: unknown, pod: unknown, container: unknown, params: unknown) => unknown;

/**
 * Code by expression; null where none can be made. Empty here: the build puts what it makes of all rules in place of
 * this module in `dist` (`policypack/precompile.ts`).
 */
export const table: Readonly<Record<string, Generated | null>> = {};
