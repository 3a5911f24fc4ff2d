import { appKeys, apps } from "../suite/apps";
import type { LoadedConfig } from "../config/load";
import { regions } from "../config/regions";
import type { ClusterFacts } from "./cluster/facts";
import { RUNBOOKS } from "./monitoring/alert";
import { flows } from "../suite/flows";
import { resolveFlows } from "./network/resolve";
import type { StackFacts } from "./operators/frame/stack";

/** What operators are told of the stack and of what the cluster had before it. */
export function operatorFacts(
  config: LoadedConfig,
  cluster: Pick<ClusterFacts, "customResources" | "apiServices">,
): StackFacts {
  const region = regions[config.region];
  const foreign = (names: ReadonlyMap<string, boolean>): ReadonlySet<string> =>
    new Set([...names].filter(([, ours]) => !ours).map(([name]) => name));
  return {
    environment: config.environment,
    region: config.region,
    backupRegion: region.backupRegion,
    zones: region.zones,
    owner: config.owner,
    domain: config.domain,
    cluster: config.cluster,
    cni: config.network.cni,
    images: {
      ...(config.images.mirror === undefined ? {} : { mirror: config.images.mirror }),
      ...(config.images.pullSecret === undefined ? {} : { pullSecret: config.images.pullSecret.name }),
    },
    monitoringNamespace: config.monitoring.namespace,
    runbooks: config.monitoring.runbookUrl ?? RUNBOOKS,
    storageClass: config.storage.default,
    edgeController: config.edge.controller,
    ingressNamespace: config.network.ingress.namespace,
    ingressPodLabels: config.network.ingress.podLabels,
    apps: appKeys
      .filter((key) => config.apps[key].enabled)
      .map((key) => ({
        key,
        namespace: config.apps[key].namespace,
        backupTier: config.apps[key].backupTier,
        holdsData: apps[key].holdsData,
      })),
    deployerGroups: config.access.deployers,
    outside: outsideOf(config),
    present: { crds: foreign(cluster.customResources), apiServices: foreign(cluster.apiServices) },
  };
}

/** Addresses beyond the cluster to which each namespace of the suite has a flow. */
function outsideOf({ apps: settings, monitoring, network }: LoadedConfig): StackFacts["outside"] {
  const places = appKeys.flatMap((key) => (settings[key].enabled ? [[key, settings[key].namespace] as const] : []));
  const resolved = resolveFlows(flows, {
    settings: network,
    apps: Object.fromEntries(places),
    operatorNamespaces: [],
    monitoringNamespace: monitoring.namespace,
  });
  return places.flatMap(([, namespace]) => {
    const cidrs = resolved.flatMap(({ from, to }) =>
      from.kind === "pods" && from.namespace === namespace && to.kind === "addresses" && to.entity === undefined
        ? to.blocks.map(({ cidr }) => cidr)
        : [],
    );
    return cidrs.length === 0 ? [] : [{ namespace, cidrs: [...new Set(cidrs)].sort() }];
  });
}
