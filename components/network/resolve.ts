import type { SharedService } from "../../suite/app";
import type { AppKey } from "../../suite/apps";
import { guardedBlocks, isAddress, publicInternet, singleAddress, type IpBlock } from "../../lib/cidr";
import {
  describePeer,
  isServicePeer,
  singleFlows,
  type AppPeer,
  type Condition,
  type Flow,
  type InternetName,
  type OperatorPeer,
  type Peer,
  type PlacedPeer,
  type PodGroup,
  type Port,
  type ServicePeer,
  type SingleFlow,
  type Store,
  type StoreProvider,
} from "../../suite/flow";
import type { NetworkSettings } from "../../config/network";
import { servingApps } from "../../suite/services";
import { bundledStore, cnpgInstances, storePorts } from "../../suite/stores";

/** The parts of the stack from which the policies are computed. */
export interface NetworkInput {
  readonly settings: NetworkSettings;
  /** Namespace of every enabled app. */
  readonly apps: Readonly<Partial<Record<AppKey, string>>>;
  /** Namespaces of the enabled operators. */
  readonly operatorNamespaces: readonly string[];
  /** Where Prometheus runs. */
  readonly monitoringNamespace: string;
  /** Where CloudNativePG's databases are backed up to, for those that name no place of their own. */
  readonly databaseStore?: Endpoint | undefined;
}

/** Pods of one namespace. */
export interface PodsEnd {
  readonly kind: "pods";
  readonly namespace: string;
  readonly pods: PodGroup;
}

/** Addresses outside the pod network. */
export interface AddressEnd {
  readonly kind: "addresses";
  readonly blocks: readonly IpBlock[];
  /** Names behind which the addresses are; a plugin that can, uses these instead. */
  readonly hosts: readonly string[];
  /** Cilium knows these by identity and does not match them by address (cilium/cilium#16308). */
  readonly entity?: "kube-apiserver" | "nodes";
}

/** No restriction of the source: only by the setting that says so, with its reason. */
export interface AnywhereEnd {
  readonly kind: "anywhere";
  readonly reason: string;
}

export type End = PodsEnd | AddressEnd | AnywhereEnd;

/** A flow of this very stack: conditions decided, both ends known. */
export interface ResolvedFlow {
  readonly from: End;
  readonly to: End;
  readonly ports: readonly Port[];
  /** `docs/backend -> docs: postgres: why`. */
  readonly text: string;
}

interface Resolution {
  readonly end: End;
  /** Ports that the target brings. */
  readonly ports?: readonly Port[];
  /** Stands before the pods: it is called, and calls nobody of itself. */
  readonly targetOnly?: true;
}

export interface Endpoint {
  readonly host: string;
  readonly cidrs: readonly string[];
  readonly port: number;
}

/** Namespaces that the stack owns, so that it makes policies in them. */
export function ownedNamespaces(input: NetworkInput): string[] {
  return [...new Set([...Object.values(input.apps), ...input.operatorNamespaces])].sort();
}

/** The flows that exist in this stack. */
export function resolveFlows(flows: readonly Flow[], input: NetworkInput): ResolvedFlow[] {
  return wanted(flows, input.settings).flatMap((flow) => resolveFlow(flow, input));
}

/**
 * Flows that the stack wants and whose other end nobody named, in words: no address range is known for it.
 * They stay denied; the settings to complete are those of the end, such as `nodeCidrs` for nodes.
 */
export function unaddressedFlows(flows: readonly Flow[], input: NetworkInput): string[] {
  const unknown = ({ end: resolved }: Resolution): boolean => !isReachable(resolved, input.settings);
  return wanted(flows, input.settings)
    .filter((flow) => {
      const ends = [resolvePeer(flow.from, input), resolvePeer(flow.to, input)];
      return ends.every((resolutions) => resolutions.length > 0) && ends.flat().some(unknown);
    })
    .map(flowText);
}

const wanted = (flows: readonly Flow[], settings: NetworkSettings): SingleFlow[] =>
  singleFlows(flows).filter((flow) => (flow.when ?? []).every((condition) => holds(condition, settings)));

const flowText = (flow: SingleFlow): string => `${describePeer(flow.from)} -> ${describePeer(flow.to)}: ${flow.why}`;

function resolveFlow(flow: SingleFlow, input: NetworkInput): ResolvedFlow[] {
  const text = flowText(flow);
  const sources = [
    ...resolvePeer(flow.from, input).filter(({ targetOnly }) => targetOnly !== true),
    ...webhookSources(flow.from, input.settings),
  ];
  const usable = ({ end: resolved }: Resolution): boolean => isReachable(resolved, input.settings);
  return sources.filter(usable).flatMap(({ end: from }) =>
    resolvePeer(flow.to, input)
      .filter(usable)
      // Who names ports of the pods means the pods, not the balancer before them.
      .filter(({ targetOnly }) => targetOnly !== true || flow.ports === undefined)
      .map(({ end: to, ports }) => {
        const used = flow.ports ?? ports;
        if (used === undefined) throw new Error(`flow "${text}" names no ports; add ports to its entry`);
        return { from, to, ports: used, text };
      }),
  );
}

/** Without a range, a name or an identity there is nothing to write down; an empty list would mean everyone. */
function isReachable(resolved: End, settings: NetworkSettings): boolean {
  if (resolved.kind !== "addresses" || resolved.blocks.length > 0) return true;
  return settings.cni === "cilium" && (resolved.hosts.length > 0 || resolved.entity !== undefined);
}

function holds(condition: Condition, settings: NetworkSettings): boolean {
  switch (condition) {
    case "metrics":
      return settings.monitoring.metrics;
    case "turn":
      return settings.livekit.turn;
    case "mediaThroughNodes":
      return settings.livekit.throughNodes;
    default:
      return storeSettings(settings, condition.app, condition.store)?.provider === condition.provider;
  }
}

interface StoreSettings extends Partial<Endpoint> {
  readonly provider: StoreProvider;
  readonly backups?: Endpoint | undefined;
}

function storeSettings(settings: NetworkSettings, app: AppKey, store: Store): StoreSettings | undefined {
  const all: Partial<Record<AppKey, Partial<Record<Store, StoreSettings>>>> = settings.datastores;
  return all[app]?.[store];
}

const end = (resolved: End, ports?: readonly Port[]): Resolution[] => [
  { end: resolved, ...(ports === undefined ? {} : { ports }) },
];

const everyPod: PodGroup = { name: "namespace", labels: {} };

/** The ends that a peer stands for in this stack; none where it is not part of it. */
const resolvePeer = (peer: Peer, input: NetworkInput): Resolution[] =>
  isServicePeer(peer) ? service(peer, input) : placed(peer, input);

function placed(peer: PlacedPeer, input: NetworkInput): Resolution[] {
  const { settings } = input;
  switch (peer.kind) {
    case "app":
      return app(peer, input);
    case "operator":
      return operator(peer, input);
    case "foreign":
      return podsIn(peer.namespace, peer.pods);
    case "address":
      return end(addresses(peer, settings));
    case "ingressController":
      return ingressController(peer.host, input);
    case "kubeApi":
      return kubeApi(settings);
    case "nodes":
      return end(nodes(settings));
    case "dns":
      return podsIn(settings.dns.namespace, { name: "dns", labels: settings.dns.podLabels }, settings.dns.ports);
    case "monitoring":
      return podsIn(input.monitoringNamespace, { name: "prometheus", labels: settings.monitoring.podLabels });
    case "cnpgOperator":
      return podsIn(settings.cnpgOperator.namespace, {
        name: "cnpg-operator",
        labels: settings.cnpgOperator.podLabels,
      });
    case "internet":
      return internet(peer.name, settings);
    case "mediaClients":
      return end(addresses({ cidrs: settings.livekit.clientCidrs }, settings));
  }
}

function service(peer: ServicePeer, input: NetworkInput): Resolution[] {
  const { settings } = input;
  switch (peer.kind) {
    case "datastore":
      return datastore(peer.app, peer.store, input);
    case "cnpgBackups":
      return endpoint(storeSettings(settings, peer.app, "postgres")?.backups ?? input.databaseStore, settings);
    case "smtp":
      return endpoint(settings.smtp, settings);
    case "identityBrokers":
      return settings.identityBrokers.flatMap((broker) => endpoint(broker, settings));
    case "llm":
      return settings.llm === undefined ? serving("llm", input) : endpoint(settings.llm, settings);
    case "antivirus":
      return settings.antivirus === undefined ? serving("antivirus", input) : endpoint(settings.antivirus, settings);
    case "identityProvider":
      return settings.identityProvider === undefined
        ? ingressController("keycloak", input)
        : endpoint(settings.identityProvider, settings);
  }
}

/** The suite's own service, where the stack has the app. */
function serving(name: SharedService, input: NetworkInput): Resolution[] {
  const { pods, port } = servingApps[name];
  return app(pods, input, [port]);
}

const podsIn = (namespace: string, pods: PodGroup, ports?: readonly Port[]): Resolution[] =>
  end({ kind: "pods", namespace, pods }, ports);

function internet(name: InternetName, settings: NetworkSettings): Resolution[] {
  const destination = settings.internet[name];
  return destination.enabled ? end(addresses(destination, settings)) : [];
}

function app({ app: key, pods }: AppPeer, input: NetworkInput, ports?: readonly Port[]): Resolution[] {
  const namespace = input.apps[key];
  return namespace === undefined ? [] : podsIn(namespace, pods, ports);
}

function operator({ namespace, pods = everyPod }: OperatorPeer, { operatorNamespaces }: NetworkInput): Resolution[] {
  return operatorNamespaces.includes(namespace) ? podsIn(namespace, pods) : [];
}

function datastore(key: AppKey, store: Store, input: NetworkInput): Resolution[] {
  const settings = storeSettings(input.settings, key, store);
  if (settings === undefined) throw new Error(`app ${key} has no ${store}; correct the flows table`);
  const ports = [storePorts[store]];
  switch (settings.provider) {
    case "bundled":
      return app(bundledStore(key, store), input, ports);
    case "cnpg":
      return app(cnpgInstances(key), input, ports);
    case "external": {
      const { host = "", cidrs = [], port = storePorts[store] } = settings;
      return input.apps[key] === undefined ? [] : endpoint({ host, cidrs, port }, input.settings);
    }
  }
}

function ingressController(host: AppKey | undefined, { settings, apps }: NetworkInput): Resolution[] {
  if (host !== undefined && apps[host] === undefined) return [];
  const { namespace, podLabels, podPorts, hostNetwork, loadBalancerCidrs } = settings.ingress;
  const controller: End = hostNetwork
    ? nodes(settings)
    : { kind: "pods", namespace, pods: { name: "ingress-controller", labels: podLabels } };
  const balancer = end(addresses({ cidrs: loadBalancerCidrs }, settings), [443]).map((each) => ({
    ...each,
    targetOnly: true as const,
  }));
  return [...end(controller, podPorts), ...(loadBalancerCidrs.length === 0 ? [] : balancer)];
}

function kubeApi({ apiServer, controlPlaneCidrs }: NetworkSettings): Resolution[] {
  const blocks = controlPlaneCidrs.map((cidr) => ({ cidr }));
  return end({ kind: "addresses", blocks, hosts: [], entity: "kube-apiserver" }, apiServer.ports);
}

/** From where the API server calls webhooks besides its own addresses. */
function webhookSources(peer: Peer, { apiServer }: NetworkSettings): Resolution[] {
  if (peer.kind !== "kubeApi") return [];
  const { agents, tunnelCidrs, webhooksFromAnywhere } = apiServer;
  const tunnels = tunnelCidrs.map((cidr) => ({ cidr }));
  return [
    ...(tunnels.length === 0 ? [] : end({ kind: "addresses", blocks: tunnels, hosts: [] })),
    ...(agents === undefined ? [] : podsIn(agents.namespace, { name: "api-agents", labels: agents.podLabels })),
    ...(webhooksFromAnywhere === undefined ? [] : end({ kind: "anywhere", reason: webhooksFromAnywhere.reason })),
  ];
}

function nodes(settings: NetworkSettings): AddressEnd {
  return {
    kind: "addresses",
    blocks: settings.nodeCidrs.map((cidr) => ({ cidr })),
    hosts: [],
    entity: "nodes",
  };
}

function endpoint(given: Endpoint | undefined, settings: NetworkSettings): Resolution[] {
  if (given === undefined) return [];
  const { host, cidrs, port } = given;
  return end(addresses({ cidrs, hosts: [host], wide: [] }, settings), [port]);
}

interface Addresses {
  readonly cidrs?: readonly string[];
  /** Names, or addresses. */
  readonly hosts?: readonly string[];
  /** Stands in where no range is known. */
  readonly wide?: readonly string[];
}

/** Without ranges: the public internet, narrowed to the named hosts where the plugin can do that. */
function addresses(
  { cidrs = [], hosts = [], wide = publicInternet }: Addresses,
  settings: NetworkSettings,
): AddressEnd {
  const ranges = [...cidrs, ...hosts.filter(isAddress).map(singleAddress)];
  return {
    kind: "addresses",
    blocks: guardedBlocks(ranges.length === 0 ? wide : ranges, clusterCidrs(settings)),
    hosts: hosts.filter((host) => !isAddress(host)),
  };
}

/** Ranges of the cluster itself, which no address outside may stand for. */
function clusterCidrs({ podCidrs, serviceCidrs, nodeCidrs, controlPlaneCidrs }: NetworkSettings): string[] {
  return [...podCidrs, ...serviceCidrs, ...nodeCidrs, ...controlPlaneCidrs];
}
