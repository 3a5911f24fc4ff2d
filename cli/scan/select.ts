import { patternOf } from "../../policypack/engine/exemptions";
import type { Rule } from "../../policypack/engine/rule";
import { policySettings } from "../../config/policies";
import type { PolicySettings } from "../../config/policies";
import { levelOf } from "../../policypack/engine/compiled";
import { UsageError } from "./arguments";
import { meant } from "./data-file";
import type { PodSecurity, ScanOptions } from "./arguments";

/**
 * The rules that a scan judges by: those that `--rules` names, without what `--pod-security` does not ask for; with
 * `--pod-security` alone, what it asks for and nothing else.
 */
export function selectRules(rules: readonly Rule[], options: ScanOptions): readonly Rule[] {
  const { podSecurity } = options;
  const named = options.rules.length === 0 ? rules : byName(rules, options.rules);
  if (podSecurity === undefined) return named;
  return named.filter((rule) => asked(rule, podSecurity) ?? options.rules.length > 0);
}

function byName(rules: readonly Rule[], globs: readonly string[]): readonly Rule[] {
  const patterns = globs.map((glob) => {
    const pattern = patternOf(glob);
    if (!rules.some(({ id }) => pattern.test(id))) {
      const near = meant(
        glob,
        rules.map(({ id }) => id),
      );
      throw new UsageError(`--rules ${glob}: matches no rule${near}`);
    }
    return pattern;
  });
  return rules.filter(({ id }) => patterns.some((pattern) => pattern.test(id)));
}

/** Whether the Pod Security Standard asks for a rule; undefined for rules that are no part of it. */
function asked({ definition }: Rule, { level }: PodSecurity): boolean | undefined {
  if (definition.podSecurity === undefined) return undefined;
  return level === "restricted" || (level === "baseline" && definition.podSecurity === "baseline");
}

/** The settings of a scan: the profile or the stack's own, and on top what the command line asks for by name. */
export function scanSettings(
  options: ScanOptions,
  selected: readonly Rule[],
  given: Partial<PolicySettings>,
): PolicySettings {
  const { podSecurity } = options;
  const settings: PolicySettings = {
    ...policySettings.parse({}),
    ...given,
    ...((options.profileGiven === true || given.profile === undefined) && { profile: options.profile }),
  };
  const forced = selected.filter(
    (rule) => options.rules.includes(rule.id) || (podSecurity !== undefined && asked(rule, podSecurity) === true),
  );
  const off = forced.filter(({ definition }) => levelOf(definition, settings) === "off");
  const on = off.map(({ id }) => [id, { ...settings.rules[id], level: "mandatory" as const }] as const);
  return {
    ...settings,
    rules: { ...settings.rules, ...Object.fromEntries(on) },
    ...(podSecurity !== undefined && { podSecurityVersion: podSecurity.version }),
  };
}
