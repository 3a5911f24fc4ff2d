import { parseConfig, stackValues, type LoadedConfig } from "../config/load";
import type { Exemption, PolicySettings } from "../policypack/engine/settings";
import { ConfigError } from "../config/errors";
import { operatorFacts } from "./operator-facts";
import type { OperatorPlan } from "./operators/define";
import { planOperators } from "./operators/stack";

type Answerable = Pick<LoadedConfig, "operatorExemptions" | "owner">;

/** The exemptions that operators cannot do without, with the stack's owner and expiry. */
export function operatorExemptions(config: Answerable, operators: readonly OperatorPlan[]): Exemption[] {
  const { owner = config.owner, expires } = config.operatorExemptions;
  return operators.flatMap(({ exemptions }) => exemptions.map((exemption) => ({ ...exemption, owner, expires })));
}

/** The stack's policy settings, with the exemptions that its operators need; the same at preview and at admission. */
export function effectivePolicies(
  config: Answerable & Pick<LoadedConfig, "policies">,
  operators: readonly OperatorPlan[],
): PolicySettings {
  return { ...config.policies, exemptions: [...config.policies.exemptions, ...operatorExemptions(config, operators)] };
}

/** The same exemptions from the stack's raw configuration, for the policy pack, which runs in a process of its own. */
export function exemptionsOfStack(project: string, all: Readonly<Record<string, string>>): Exemption[] {
  try {
    const config = parseConfig(stackValues(project, all));
    const none = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
    const plans = planOperators(config.operators, operatorFacts(config, none)).map(({ plan }) => plan);
    return operatorExemptions(config, plans);
  } catch (error) {
    // The program reports a wrong configuration itself; without one there is nothing to exempt.
    if (error instanceof ConfigError) return [];
    throw error;
  }
}
