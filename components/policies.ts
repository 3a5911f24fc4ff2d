import { parseConfig, stackValues, type LoadedConfig } from "../config/load";
import type { Exemption, PolicySettings } from "../policypack/engine/settings";
import { allowedRegistries } from "../policypack/rules/images/_reference";
import { ConfigError } from "../config/errors";
import { operatorFacts } from "./operator-facts";
import type { OperatorPlan } from "./operators/define";
import { planOperators } from "./operators/stack";

type Answerable = Pick<
  LoadedConfig,
  "operatorExemptions" | "owner" | "policies" | "storage" | "images" | "apps" | "edge"
>;

/** The exemptions that operators cannot do without, with the stack's owner and expiry. */
function operatorExemptions(config: Answerable, operators: readonly OperatorPlan[]): Exemption[] {
  const { owner = config.owner, expires } = config.operatorExemptions;
  return operators.flatMap(({ exemptions }) => exemptions.map((exemption) => ({ ...exemption, owner, expires })));
}

/** Parameters of rules that follow from the rest of the configuration, by rule. */
function derivedParameters({ storage, images, apps, edge }: Answerable): Record<string, Record<string, unknown>> {
  const appClasses = Object.values(apps).flatMap(({ storageClass }) => storageClass ?? []);
  const classes = [
    storage.default,
    ...(storage.shared === undefined ? [] : [storage.shared]),
    ...storage.allowed,
    ...appClasses,
  ];
  const mirror = images.mirror === undefined ? [] : [`${images.mirror}/`];
  const allowed = [...allowedRegistries.parse({}).allowed, ...mirror];
  const registries = ["allowed-registry", "image-volume-registry", "custom-resource-image-registry"];
  const { namespace, name } = edge.gateway;
  const gateways =
    edge.routing === "gateway"
      ? { "exposure/route-parent": { gateways: [`${namespace}/${name}`.replaceAll(".", "\\.")] } }
      : {};
  return {
    ...gateways,
    "storage/encrypted-class": { classes: [...new Set(classes)] },
    ...(mirror.length === 0 ? {} : Object.fromEntries(registries.map((name) => [`images/${name}`, { allowed }]))),
  };
}

/**
 * The stack's policy settings with what follows from the rest of its configuration: exemptions that its operators need,
 * registries and StorageClasses that it allows. The same at preview and at admission; what the stack sets itself wins.
 */
export function effectivePolicies(config: Answerable, operators: readonly OperatorPlan[]): PolicySettings {
  const rules = { ...config.policies.rules };
  for (const [id, parameters] of Object.entries(derivedParameters(config))) {
    rules[id] = { ...rules[id], parameters: { ...parameters, ...rules[id]?.parameters } };
  }
  return {
    ...config.policies,
    rules,
    exemptions: [...config.policies.exemptions, ...operatorExemptions(config, operators)],
  };
}

/** The same from the stack's raw configuration, for the policy pack, which runs in a process of its own. */
export function policiesOfStack(project: string, all: Readonly<Record<string, string>>): PolicySettings | undefined {
  try {
    const config = parseConfig(stackValues(project, all));
    const none = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
    const plans = planOperators(config.operators, operatorFacts(config, none)).map(({ plan }) => plan);
    return effectivePolicies(config, plans);
  } catch (error) {
    // The program reports a wrong configuration itself.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
