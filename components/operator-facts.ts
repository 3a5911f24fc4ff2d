import { appKeys, apps, type AppKey } from "../suite/apps";
import type { LoadedConfig } from "../config/load";
import { savedVolumes, storesOf } from "./recovery/places";
import { regionOf } from "../config/regions";
import type { ClusterFacts } from "./cluster/facts";
import { RUNBOOKS } from "./monitoring/alert";
import type { AppPlace, ImageFacts } from "./operators/frame/facts";
import { pullSecretOf } from "../config/images";
import { flows } from "../suite/flows";
import { resolveFlows } from "./network/resolve";
import type { StackFacts } from "./operators/frame/stack";

/** What operators are told of the stack and of what the cluster had before it. */
export function operatorFacts(
  config: LoadedConfig,
  cluster: Pick<ClusterFacts, "customResources" | "apiServices"> & Partial<Pick<ClusterFacts, "nodes">>,
): StackFacts {
  const region = regionOf(config.region);
  const foreign = (names: ReadonlyMap<string, boolean>): ReadonlySet<string> =>
    new Set([...names].filter(([, ours]) => !ours).map(([name]) => name));
  return {
    environment: config.environment,
    region: config.region,
    backupRegion: region.backupRegion,
    zones: region.zones,
    owner: config.owner,
    ...(config.organisation === undefined ? {} : { organisation: config.organisation }),
    domain: config.domain,
    cluster: config.cluster,
    cni: config.network.cni,
    ...nodesOf(cluster.nodes ?? []),
    images: imageFacts(config),
    ...(config.trust === undefined ? {} : { trust: config.trust.bundle }),
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
        ...ownerOf(config, key),
        backupTier: config.apps[key].backupTier,
        holdsData: apps[key].holdsData,
        hasVolumes: savedVolumes(config, key),
        ...databaseOf(config, key),
      })),
    deployerGroups: config.access.deployers,
    outside: outsideOf(config),
    present: { crds: foreign(cluster.customResources), apiServices: foreign(cluster.apiServices) },
  };
}

/** Where images come from, and the name of the Secret that logs in there. */
export function imageFacts({ images }: Pick<LoadedConfig, "images">): ImageFacts {
  const mirrors = Object.fromEntries(Object.entries(images.mirrors).map(([of, { registry }]) => [of, registry]));
  const secret = pullSecretOf(images);
  return {
    ...(images.mirror === undefined ? {} : { mirror: images.mirror }),
    ...(Object.keys(mirrors).length === 0 ? {} : { mirrors }),
    ...(secret === undefined ? {} : { pullSecret: secret.name }),
  };
}

function nodesOf(nodes: ClusterFacts["nodes"]): Pick<StackFacts, "nodes"> {
  if (nodes.length === 0) return {};
  const controlPlanes = nodes.filter(({ controlPlane }) => controlPlane).length;
  return { nodes: { workers: nodes.length - controlPlanes, controlPlanes } };
}

function ownerOf({ apps: settings }: LoadedConfig, key: AppKey): Pick<AppPlace, "owner"> {
  const { owner } = settings[key];
  return owner === undefined ? {} : { owner };
}

/** Where the app's PostgreSQL runs, where it has one. */
function databaseOf(config: LoadedConfig, key: AppKey): Pick<AppPlace, "postgres"> {
  const provider = storesOf(config, key).get("postgres");
  return provider === undefined ? {} : { postgres: provider };
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
