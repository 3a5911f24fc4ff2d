import { Environment } from "@marcbachmann/cel-js";
import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { parameterNames } from "./generate";
import { preferKnown } from "./known-first";
import { RE2_MATCHES, registerKubernetesFunctions } from "./kubernetes";

let shared: Environment | undefined;

// One environment for all rules: registering the functions costs as much as parsing many expressions.
function environment(): Environment {
  if (shared === undefined) {
    // Literals of one type, as the API server demands.
    shared = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: true });
    for (const name of parameterNames) shared.registerVariable(name, "dyn");
    registerKubernetesFunctions(shared);
  }
  return shared;
}

function parse(source: string): ParseResult {
  const parsed = environment().parse(source);
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error(`invalid expression: ${source}`);
  return parsed;
}

/** The syntax tree of an expression. Throws an error that names the place of a mistake in syntax or types. */
export function syntaxTree(source: string): ASTNode {
  return parse(source).ast;
}

/** Evaluates an expression with all of CEL's rules for errors, and raises for values that are not known. */
export type Interpreter = (variables: Readonly<Record<string, unknown>>) => unknown;

const QUANTIFIER = /\b(?:all|exists)\s*\(/;

export function interpreter(source: string): Interpreter {
  // cel-js matches with JavaScript's engine and lets nobody replace that.
  const parsed = parse(source.replaceAll(".matches(", `.${RE2_MATCHES}(`));
  if (QUANTIFIER.test(source)) preferKnown(parsed.ast);
  return (variables): unknown => parsed(variables);
}
