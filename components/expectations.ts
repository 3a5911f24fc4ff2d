import { appKeys } from "../suite/apps";
import type { LoadedConfig } from "../config/load";
import { regionOf } from "../config/regions";
import type { ClusterFacts, Expectations } from "./cluster/facts";
import { operatorFacts } from "./operator-facts";
import type { OperatorPlan } from "./operators/frame/define";
import type { SecretSource } from "./operators/frame/secrets";
import { planOperators } from "./operators/frame/stack";
import { neededHandlers } from "./runtime-classes";

/** What the configuration asks of the cluster; compared with its facts before anything changes. */
export function expectationsOf(config: LoadedConfig, cluster: Present): Expectations {
  const operators = operatorPlans(config, cluster);
  return {
    minimumVersion: config.cluster.minimumVersion,
    podSecurityVersion: config.podSecurity.version,
    cni: config.network.cni,
    zones: regionOf(config.region).zones,
    simulatedNodes: config.cluster.simulatedNodes,
    namespaces: [
      ...appKeys
        .filter((key) => config.apps[key].enabled)
        .map((key) => ({ key: `apps.${key}.namespace`, name: config.apps[key].namespace })),
      ...operators.flatMap(({ operator, namespaces }) =>
        namespaces.map(({ name }) => ({ key: `operators.${operator}`, name })),
      ),
    ],
    installs: operators.flatMap(({ operator, chart, webhooks }) =>
      chart === undefined
        ? []
        : [
            {
              operator,
              release: chart.release,
              configurations: webhooks.flatMap(({ configurations, madeByController }) =>
                madeByController === true ? [] : configurations,
              ),
            },
          ],
    ),
    runtimeHandlers: neededHandlers(config),
  };
}

/** The Secrets of every operator of the stack, each with where it comes from. */
export function secretsOf(config: LoadedConfig, cluster: Present): SecretSource[] {
  return operatorPlans(config, cluster).flatMap(({ secrets }) => secrets);
}

type Present = Pick<ClusterFacts, "customResources" | "apiServices">;

function operatorPlans(config: LoadedConfig, cluster: Present): OperatorPlan[] {
  return planOperators(config.operators, operatorFacts(config, cluster)).map(({ plan }) => plan);
}
