import { Environment } from "@marcbachmann/cel-js";
import { registerKubernetesFunctions } from "./cel-kubernetes";
import { preferKnown } from "./known-first";
import { UnknownValue } from "./unknown";

/** The variables that rules may read. Which of them are set depends on the subject. */
export interface Variables {
  readonly object: unknown;
  readonly pod?: unknown;
  readonly container?: unknown;
  readonly params: unknown;
}

/** What an expression says about one subject. */
export type Truth = boolean | "unknown" | EvaluationFailure;

/** The expression does not fit the data: a wrong type, a missing key. The API server refuses such an object. */
export interface EvaluationFailure {
  readonly error: string;
}

let shared: Environment | undefined;

// One environment for all rules: registering the functions costs as much as parsing many expressions.
function environment(): Environment {
  if (shared === undefined) {
    // Literals of one type, as the API server demands.
    shared = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: true });
    for (const name of ["object", "pod", "container", "params"]) shared.registerVariable(name, "dyn");
    registerKubernetesFunctions(shared);
  }
  return shared;
}

/** A parsed expression. */
export interface Expression {
  readonly source: string;
  /** cel-js's syntax tree. */
  readonly ast: unknown;
  readonly evaluate: (variables: Variables) => unknown;
}

const QUANTIFIER = /\b(?:all|exists)\s*\(/;

/** Parses a CEL expression and checks its types. Throws an error that names the place of the mistake. */
export function compile(source: string): Expression {
  const parsed = environment().parse(source);
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error(`invalid expression: ${source}`);
  if (QUANTIFIER.test(source)) preferKnown(parsed.ast);
  return { source, ast: parsed.ast, evaluate: (variables): unknown => parsed(variables) };
}

/** Evaluates an expression of type bool. */
export function decide(expression: Expression, variables: Variables): Truth {
  try {
    const result = expression.evaluate(variables);
    return typeof result === "boolean" ? result : { error: `the expression is not a bool: ${expression.source}` };
  } catch (error) {
    if (error instanceof UnknownValue) return "unknown";
    return { error: error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error) };
  }
}

/** Evaluates an expression of type string; undefined where it cannot be known or does not fit the data. */
export function describe(expression: Expression, variables: Variables): string | undefined {
  try {
    const result = expression.evaluate(variables);
    return typeof result === "string" ? result : undefined;
  } catch {
    // The detail only illustrates a finding that already stands.
    return undefined;
  }
}
