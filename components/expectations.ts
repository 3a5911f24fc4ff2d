import { appKeys } from "../suite/apps";
import type { LoadedConfig } from "../config/load";
import { regions } from "../config/regions";
import type { Expectations } from "./cluster/facts";
import { sandboxes } from "./operators/sandboxes";

/** What the configuration asks of the cluster; compared with its facts before anything changes. */
export function expectationsOf(config: LoadedConfig): Expectations {
  return {
    minimumVersion: config.cluster.minimumVersion,
    podSecurityVersion: config.podSecurity.version,
    cni: config.network.cni,
    zones: regions[config.region].zones,
    simulatedNodes: config.cluster.simulatedNodes,
    namespaces: appKeys
      .filter((key) => config.apps[key].enabled)
      .map((key) => ({ key: `apps.${key}.namespace`, name: config.apps[key].namespace })),
    runtimeHandlers: appKeys.flatMap((key) => {
      const { enabled, runtimeClass } = config.apps[key];
      const sandbox = Object.values(sandboxes).find((known) => known.runtimeClass === runtimeClass);
      return !enabled || sandbox === undefined ? [] : [{ key: `apps.${key}.runtimeClass`, handler: sandbox.handler }];
    }),
  };
}
