import { decide, describe } from "./cel/expression";
import type { Expression, Truth, Variables } from "./cel/expression";
import type { CompiledRule } from "./compiled";

/** What is said about a subject that does not meet a norm. */
export interface Outcome {
  readonly decision: "violated" | "undecided";
  readonly message: string;
  readonly field?: string;
  readonly container?: string;
  readonly values?: () => readonly string[];
}

/** The outcome where a value decides that is not known yet. */
export const undecided: Outcome = {
  decision: "undecided",
  message: "depends on a value that is only known after deployment",
};

/** The outcome for containers of which nothing is known, or that the API server refuses as they are. */
export function missing({ definition }: CompiledRule, malformed: string | undefined): Outcome {
  return malformed === undefined
    ? { decision: "undecided", message: "has containers that are only known after deployment" }
    : { decision: "violated", message: `cannot be judged by "${definition.title}": ${malformed}` };
}

/** What a rule says about a subject at a Pod Security version, if it is about that subject. */
export function judgeRule(rule: CompiledRule, subject: Variables, minor: number): Truth | "not concerned" {
  const expressions = rule.valid(minor);
  const first = expressions[0];
  if (first === undefined) return "not concerned";
  const when = rule.when();
  const applies = when === undefined ? true : decide(when, subject, rule.params);
  if (applies === false) return "not concerned";
  const decided = (expression: Expression): Truth => decide(expression, subject, rule.params);
  const holds = expressions.length === 1 ? decided(first) : agreed(expressions.map(decided));
  // Met whether it applies or not; else as sure as the question whether it applies.
  return holds === true || applies === true ? holds : applies;
}

/** What the expressions of several versions say together: unknown where they differ. */
function agreed(truths: readonly Truth[]): Truth {
  const [first = true] = truths;
  const isFailure = (truth: Truth): boolean => typeof truth === "object";
  return truths.every((truth) => truth === first || (isFailure(truth) && isFailure(first))) ? first : "unknown";
}

/** A verdict other than "met" in words. */
export function report(rule: CompiledRule, variables: Variables, truth: Exclude<Truth, true>): Outcome {
  const { message, title } = rule.definition;
  if (truth === "unknown") return { decision: "undecided", message: `${undecided.message} ("${title}")` };
  if (truth !== false) return { decision: "violated", message: `cannot be judged by "${title}": ${truth.error}` };
  const detail = rule.detail();
  const text = detail === undefined ? undefined : describe(detail, variables, rule.params);
  return { decision: "violated", message: text === undefined || text === "" ? message : `${message} (${text})` };
}
