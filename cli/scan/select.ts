import { patternOf } from "../../policypack/engine/exemptions";
import type { Rule } from "../../policypack/engine/rule";
import { policySettings } from "../../config/policies";
import type { Exemption, PolicySettings } from "../../config/policies";
import { UsageError } from "./arguments";
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
    if (!rules.some(({ id }) => pattern.test(id)))
      throw new UsageError(`--rules ${glob}: matches no rule; see docs/rules for the ids`);
    return pattern;
  });
  return rules.filter(({ id }) => patterns.some((pattern) => pattern.test(id)));
}

/** Whether the Pod Security Standard asks for a rule; undefined for rules that are no part of it. */
function asked({ definition }: Rule, { level }: PodSecurity): boolean | undefined {
  if (definition.podSecurity === undefined) return undefined;
  return level === "restricted" || (level === "baseline" && definition.podSecurity === "baseline");
}

/** The settings of a scan: the profile, and on top what the command line asks for by name. */
export function scanSettings(
  options: ScanOptions,
  selected: readonly Rule[],
  exemptions: readonly Exemption[],
): PolicySettings {
  const { podSecurity } = options;
  const forced = selected.filter(
    (rule) => options.rules.includes(rule.id) || (podSecurity !== undefined && asked(rule, podSecurity) === true),
  );
  const off = forced.filter(({ definition }) => definition.levels[options.profile] === "off");
  return {
    ...policySettings.parse({}),
    profile: options.profile,
    exemptions: [...exemptions],
    rules: Object.fromEntries(off.map(({ id }) => [id, { level: "mandatory" as const }])),
    ...(podSecurity !== undefined && { podSecurityVersion: podSecurity.version }),
  };
}
