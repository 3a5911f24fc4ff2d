import { held } from "../../policypack/rules/network/_ranges";
import assert from "node:assert/strict";
import { Environment } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import { loadRules } from "../../policypack/engine/load";
import type { ExpressionRule } from "../../policypack/engine/rule";
import { fixtures, judge } from "./harness";

/** An expression with one small mistake in it. */
export interface Mutant {
  readonly field: "valid" | "when";
  /** What was changed, with the text around it. */
  readonly change: string;
  readonly source: string;
}

const swapped: Readonly<Record<string, string>> = {
  "==": "!=",
  "!=": "==",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "&&": "||",
  "||": "&&",
};

/** Every mutant of an expression: operands dropped, comparisons and quantifiers swapped, constants changed. */
export function mutantsOf(source: string, field: Mutant["field"]): readonly Mutant[] {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  });
  const root = environment.parse(source).ast;
  const result: Mutant[] = [{ field, change: "negated", source: `!(${source})` }];
  const text = ({ range }: ASTNode) => source.slice(range.start, range.end);
  const replace = (node: ASTNode, by: string) => {
    const { start, end } = node.range;
    const place = `${source.slice(Math.max(0, start - 30), start)}[${text(node)} -> ${by}]${source.slice(end, end + 20)}`;
    result.push({
      field,
      change: place.replaceAll(/\s+/g, " "),
      source: source.slice(0, start) + by + source.slice(end),
    });
  };
  walk(root, (node) => {
    for (const by of replacements(node, text)) replace(node, by);
  });
  return result;
}

function walk(node: ASTNode, visit: (node: ASTNode) => void): void {
  visit(node);
  const { op, args } = node;
  if (op === "rcall" && args[0] === "orValue") {
    walk(args[1], visit);
    // An absent text, list or map stands for "none": only defaults that say something are mutated.
    for (const value of args[2]) if (value.op === "value" && value.args !== "" && value.args !== "none") visit(value);
    return;
  }
  for (const child of children(node)) walk(child, visit);
}

function children({ op, args }: ASTNode): readonly ASTNode[] {
  if (op === "value" || op === "id") return [];
  if (op === "." || op === ".?") return [args[0]];
  if (op === "call") return args[1];
  // The first argument of a macro is the name of its variable; it is a node without effect.
  if (op === "rcall") return [args[1], ...args[2]];
  if (op === "map") return args.flat();
  return op === "!_" || op === "-_" ? [args] : args;
}

function replacements(node: ASTNode, text: (node: ASTNode) => string): readonly string[] {
  const { op, args } = node;
  const swap = swapped[op] ?? "";
  if (op === "&&" || op === "||") {
    const [left, right] = [`(${text(args[0])})`, `(${text(args[1])})`];
    return [left, right, `(${left} ${swap} ${right})`];
  }
  if (op === "==" || op === "!=" || op === "<" || op === "<=" || op === ">" || op === ">=") {
    return [`(${text(args[0])} ${swap} ${text(args[1])})`, `!(${text(node)})`];
  }
  if (op === "!_") return [`(${text(args)})`];
  if (op === "in") return [`!(${text(node)})`];
  if (op === "?:") return [`(${text(args[1])})`, `(${text(args[2])})`];
  if (op === "rcall") return quantified(args[0], args[1], args[2], text);
  return op === "value" ? constants(args) : [];
}

function quantified(
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  text: (node: ASTNode) => string,
): readonly string[] {
  const other: Readonly<Record<string, string>> = { all: "exists", exists: "all" };
  const swap = other[name];
  const inner = args.map(text).join(", ");
  // On a list of one element both quantifiers are the same.
  if (swap !== undefined && elements(receiver) === 1) return [];
  if (swap !== undefined) return [`${text(receiver)}.${swap}(${inner})`];
  return ["hasValue", "matches", "startsWith", "endsWith", "contains"].includes(name)
    ? [`!${text(receiver)}.${name}(${inner})`]
    : [];
}

/** How many elements a list has that is written out, through any map(); undefined for others. */
function elements(node: ASTNode): number | undefined {
  if (node.op === "list") return node.args.length;
  return node.op === "rcall" && node.args[0] === "map" ? elements(node.args[1]) : undefined;
}

function constants(value: unknown): readonly string[] {
  if (typeof value === "string") return [JSON.stringify(`${value}~`)];
  if (typeof value === "boolean") return [String(!value)];
  if (typeof value === "bigint")
    return [String(value + 1n), String(value - 1n)].filter((text) => !text.startsWith("-"));
  return [];
}

/** Whether some fixture of the rule gets another verdict from the mutant than from the rule. */
export function killed(rule: ExpressionRule, mutant: Mutant): boolean {
  const definition = { ...rule.definition, [mutant.field]: mutant.source };
  const changed: ExpressionRule = { ...rule, definition };
  const violated = (objects: readonly unknown[]) =>
    judge(changed, objects).some((finding) => finding.decision === "violated");
  try {
    return (
      fixtures(rule, "good").some(({ objects }) => judge(changed, objects).length > 0) ||
      fixtures(rule, "bad").some(({ objects }) => !violated(objects))
    );
  } catch {
    // The mutant is not an expression at all.
    return true;
  }
}

/** Changes that only lists of hundreds of ranges would notice: whether those of this list are compared with each other. */
export function longLists(list: string): readonly string[] {
  const [, compared = ""] = held(list, "range").slice(1, -1).replace(/\s+/g, " ").split(" || ");
  const [guard = ""] = compared.split(" && ");
  return [
    `${compared} -> (${compared.slice(guard.length + " && ".length)})`,
    `${guard} -> (${guard.replace("<", "<=")})`,
    "200 -> 201",
    "200 -> 199",
  ];
}

/**
 * Declares one test per expression rule of an area: its fixtures notice every mutant. `equivalent` lists, per rule,
 * the changes ("1 -> 2") that cannot be noticed because they mean the same.
 */
export function mutationTests(area: string, equivalent: Readonly<Record<string, readonly string[]>> = {}): void {
  describe(`mutants of the rules in ${area}`, () => {
    for (const rule of loadRules()) {
      if (rule.type !== "expression" || !rule.id.startsWith(`${area}/`)) continue;
      it(`are noticed by the fixtures of ${rule.id}`, () => {
        const { valid, when } = rule.definition;
        const mutants = [
          ...(valid === undefined ? [] : mutantsOf(valid, "valid")),
          ...(when === undefined ? [] : mutantsOf(when, "when")),
        ];
        assert.ok(mutants.length > 0);
        const excused = equivalent[rule.id] ?? [];
        const survivors = mutants
          .filter((mutant) => !killed(rule, mutant))
          .map(({ field, change }) => `${field}: ${change}`);
        const unexcused = survivors.filter((survivor) => !excused.some((change) => survivor.includes(`[${change}]`)));
        assert.deepEqual(unexcused, []);
        // An excuse for a mutant that is noticed after all hides the next one.
        assert.deepEqual(
          excused.filter((change) => !survivors.some((survivor) => survivor.includes(`[${change}]`))),
          [],
        );
      });
    }
    it("has excuses for rules that exist only", () => {
      const ids = new Set(loadRules().map(({ id }) => id));
      assert.deepEqual(
        Object.keys(equivalent).filter((id) => !ids.has(id)),
        [],
      );
    });
  });
}
