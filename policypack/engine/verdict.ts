import { decide, describe } from "./cel";
import type { Expression, Truth, Variables } from "./cel";
import type { CompiledRule } from "./compiled";
import type { Fingerprints } from "./dependencies";

/** What is said about a subject that does not meet a norm. */
export interface Outcome {
  readonly decision: "violated" | "undecided";
  readonly message: string;
  readonly field?: string;
  readonly container?: string;
}

/** The variables of a subject, parameters aside. */
export type SubjectVariables = Readonly<Record<"object", unknown>> & Readonly<Record<string, unknown>>;

/** The outcome where a value decides that is not known yet. */
export const undecided: Outcome = {
  decision: "undecided",
  message: "depends on a value that is only known after deployment",
};

/** What a rule says about a subject at a Pod Security version. A verdict on equal fields is remembered. */
export function judgeRule(
  rule: CompiledRule,
  subject: SubjectVariables,
  minor: number,
  fingerprints: Fingerprints,
): Truth {
  const expressions = rule.valid(minor);
  const [first] = expressions;
  if (first === undefined) return true;
  const dependencies = expressions.length === 1 ? rule.dependencies(first) : undefined;
  const key = dependencies === undefined ? undefined : fingerprints.key(dependencies);
  const remembered = key === undefined ? undefined : rule.remembered(first, key);
  if (remembered !== undefined) return remembered;
  const truth = evaluate(rule, { ...subject, params: rule.params }, expressions);
  if (key !== undefined && typeof truth === "boolean") rule.remember(first, key, truth);
  return truth;
}

function evaluate(rule: CompiledRule, variables: Variables, expressions: readonly Expression[]): Truth {
  const when = rule.when();
  const applies = when === undefined ? true : decide(when, variables);
  if (applies === false) return true;
  const holds = agreed(expressions.map((expression) => decide(expression, variables)));
  // Met whether it applies or not; else as sure as the question whether it applies.
  return holds === true || applies === true ? holds : applies;
}

/** What the expressions of several versions say together: unknown where they differ. */
function agreed(truths: readonly Truth[]): Truth {
  const [first = true] = truths;
  return truths.every((truth) => truth === first) ? first : "unknown";
}

/** A verdict other than "met" in words. */
export function report(rule: CompiledRule, variables: Variables, truth: Exclude<Truth, true>): Outcome {
  const { message, title } = rule.definition;
  if (truth === "unknown") return { decision: "undecided", message: `${undecided.message} ("${title}")` };
  if (truth !== false) return { decision: "violated", message: `cannot be judged by "${title}": ${truth.error}` };
  const detail = rule.detail();
  const text = detail === undefined ? undefined : describe(detail, variables);
  return { decision: "violated", message: text === undefined || text === "" ? message : `${message} (${text})` };
}
