import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import type { Operator } from "./define";
import type { Capability } from "./facts";

/** The folder that holds a folder per operator, and this one, which holds what they have in common. */
const OPERATORS = path.dirname(__dirname);
const FRAME = path.basename(__dirname);

/**
 * Every operator, by name. One of the project's two directory scans: a new operator is a new folder
 * `components/operators/<name>/` whose `index.ts` has it as default export.
 */
export function scanOperators(folder: string = OPERATORS): Operator[] {
  const load = createRequire(path.join(folder, "index.js"));
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== FRAME)
    .map(({ name }) => name)
    .filter((name) => [".js", ".ts"].some((ext) => fs.existsSync(path.join(folder, name, `index${ext}`))))
    .sort()
    .map((name) => operatorOf(name, load(path.join(folder, name))));
}

function operatorOf(name: string, loaded: unknown): Operator {
  const operator = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined;
  if (!isOperator(operator)) {
    throw new Error(
      `components/operators/${name}: has no operator as default export; write \`export default defineOperator({ … })\``,
    );
  }
  if (operator.name !== name) {
    throw new Error(
      `components/operators/${name}: the operator is called "${operator.name}"; its folder must have the same name`,
    );
  }
  return operator;
}

function isOperator(value: unknown): value is Operator {
  return typeof value === "object" && value !== null && "plan" in value && typeof value.plan === "function";
}

/**
 * Operators in an order in which each comes after those it needs.
 *
 * @throws when a needed operator does not exist, or when operators need each other in a circle; every problem at once.
 */
export function inOrder(operators: readonly Operator[]): Operator[] {
  const byName = new Map(operators.map((operator) => [operator.name, operator]));
  const unknown = operators.flatMap(({ name, needs }) =>
    needs.filter((need) => !byName.has(need)).map((need) => `operator ${name} needs "${need}", which does not exist`),
  );
  if (unknown.length > 0) throw new Error(unknown.join("\n"));

  const ordered: Operator[] = [];
  const state = new Map<string, "visiting" | "done">();
  const visit = (operator: Operator, trail: readonly string[]): void => {
    const seen = state.get(operator.name);
    if (seen === "done") return;
    if (seen === "visiting") {
      const circle = [...trail.slice(trail.indexOf(operator.name)), operator.name];
      throw new Error(`operators need each other in a circle: ${circle.join(" -> ")}`);
    }
    state.set(operator.name, "visiting");
    for (const need of [...operator.needs].sort()) {
      const needed = byName.get(need);
      if (needed !== undefined) visit(needed, [...trail, operator.name]);
    }
    state.set(operator.name, "done");
    ordered.push(operator);
  };
  for (const operator of [...operators].sort((a, b) => a.name.localeCompare(b.name))) visit(operator, []);
  return ordered;
}

/** One line per operator that is on without what it cannot work without. */
export function missingRequirements(
  installed: readonly Operator[],
  all: readonly Operator[],
  available: ReadonlySet<Capability>,
): string[] {
  return installed.flatMap((operator) =>
    operator.requires
      .filter((capability) => !available.has(capability))
      .map((capability) => {
        const providers = all.filter((other) => other.provides.includes(capability)).map((other) => other.name);
        return (
          `operators.${operator.name}: needs ${capability}, which nothing in this stack provides. ` +
          `Turn ${providers.join(" or ")} on, or ${operator.name} off`
        );
      }),
  );
}
