import { RunError, runtime } from "@pulumi/pulumi";
import { z } from "zod";
import { levelOf, parametersOf } from "./compiled";
import type { Rule } from "./rule";
import { policySettings } from "../../config/policies";
import type { PolicySettings } from "../../config/policies";

/** The stack's key that holds the policy settings. */
const SETTINGS_KEY = "mijnbureau-platform:policies";

/** What is wrong with settings, one line each; empty where they fit the rules. */
export function settingsProblems(settings: PolicySettings, rules: readonly Rule[]): readonly string[] {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const missing = (id: string, key: string): string[] =>
    known.has(id) ? [] : [`${key}: there is no rule "${id}"; see docs/rules for the ids`];
  const ofRules = Object.keys(settings.rules).flatMap((id) => missing(id, `rules.${id}`));
  const ofExemptions = settings.exemptions.flatMap(({ rule }, index) => missing(rule, `exemptions[${index}].rule`));
  const ofParameters = rules.flatMap((rule) => parameterProblems(rule, settings));
  return [...ofRules, ...ofExemptions, ...ofParameters];
}

function parameterProblems(rule: Rule, settings: PolicySettings): readonly string[] {
  if (levelOf(rule.definition, settings) === "off") return [];
  try {
    parametersOf(rule.definition, settings);
    return [];
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return error.issues.map(
      (issue) => `${["rules", rule.id, "parameters", ...issue.path].join(".")}: ${issue.message}`,
    );
  }
}

/** Validates settings from the stack's configuration with those of `--policy-pack-config` on top. */
export function parseSettings(
  stackValue: string | undefined,
  packConfig: object,
  rules: readonly Rule[],
): PolicySettings {
  const result = policySettings.safeParse({ ...parseValue(stackValue), ...packConfig });
  if (!result.success) {
    throw refusal(result.error.issues.map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`));
  }
  const problems = settingsProblems(result.data, rules);
  if (problems.length > 0) throw refusal(problems);
  return result.data;
}

function parseValue(value: string | undefined): object {
  if (value === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Told below: the value is text, not an object.
  }
  throw refusal([`the value is "${value}", but an object is expected, such as { profile: mijnbureau }`]);
}

function refusal(problems: readonly string[]): RunError {
  return new RunError(`${SETTINGS_KEY} is not valid:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
}

/**
 * The settings of the running stack: what its whole configuration comes down to, as far as `derive` can tell, with those
 * of `--policy-pack-config` on top.
 */
export function stackSettings(
  rules: readonly Rule[],
  derive: (all: Readonly<Record<string, string>>) => PolicySettings | undefined,
): (packConfig: object) => PolicySettings {
  return (packConfig) => {
    const all = runtime.allConfig();
    const derived = derive(all);
    return parseSettings(derived === undefined ? all[SETTINGS_KEY] : JSON.stringify(derived), packConfig, rules);
  };
}
