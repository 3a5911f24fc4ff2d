/** A finding of the policy pack that an object of the platform cannot avoid. Owner and expiry are the stack's to give. */
export interface NeededExemption {
  readonly rule: string;
  readonly target: {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly container?: string;
  };
  readonly reason: string;
  /** Whether an operator makes the objects when it runs: no chart and no preview shows them. */
  readonly runtime?: true;
}

/** What one object cannot avoid for one reason, by several rules. */
export function exempt(rules: readonly string[], target: NeededExemption["target"], reason: string): NeededExemption[] {
  return rules.map((rule) => ({ rule, target, reason }));
}

/** The same of objects that the operator makes when it runs. */
export function exemptAtRunTime(
  rules: readonly string[],
  target: NeededExemption["target"],
  reason: string,
): NeededExemption[] {
  return exempt(rules, target, reason).map((exemption) => ({ ...exemption, runtime: true }));
}

/** Rights that an operator exists for; each is the name of a rule in `policypack/rules/identity`. */
export function exemptRights(
  rights: readonly string[],
  role: NeededExemption["target"],
  reason: string,
): NeededExemption[] {
  return exempt(
    rights.map((right) => `identity/${right}`),
    role,
    reason,
  );
}
