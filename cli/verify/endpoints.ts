import * as ipaddr from "ipaddr.js";
import type { SharedService } from "../../suite/app";
import type { AppKey } from "../../suite/apps";
import type { AppPeer, Condition, LabelExpression, Peer, PodGroup, Port, Store, StoreProvider } from "../../suite/flow";
import type { NetworkSettings } from "../../config/network";
import type { DatabaseStore } from "../../components/operators/databases/endpoint";
import { servingApps } from "../../suite/services";
import { bundledStore, cnpgInstances, storePorts } from "../../suite/stores";
import { noPorts, portRange, protocols, union, wholeProtocol, type PortSet } from "./ports";
import type { ContainerPort, Endpoint } from "./reachability";
import { selects, type Labels } from "../../lib/selectors";

/** An end of connections, with the name that reports use. Equal names are the same end. */
export interface NamedEndpoint {
  readonly name: string;
  readonly endpoint: Endpoint;
}

/** The pods of one workload, as the cluster has or would have them. */
export interface WorkloadPods {
  readonly app: AppKey;
  /** `docs/docs-backend`, `docs/Job docs-migrate`. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  readonly ip?: string | undefined;
}

export interface World {
  readonly settings: NetworkSettings;
  /** Where databases are backed up to that name no place of their own. */
  readonly databaseStore?: DatabaseStore | undefined;
  readonly monitoringNamespace: string;
  readonly workloads: readonly WorkloadPods[];
  /** Addresses of the API server as the cluster has them; empty: those of the settings. */
  readonly apiServerAddresses?: readonly string[];
  /** Labels of every namespace, as read back. */
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
}

/** What a flow's end stands for here, with the ports that it brings as a target. */
export interface ResolvedPeer {
  readonly ends: readonly NamedEndpoint[];
  readonly ports?: PortSet | undefined;
}

/** Addresses that stand for the public internet: a.root-servers.net, which stays where it is (IANA root hints). */
const PUBLIC: readonly string[] = ["198.41.0.4", "2001:503:ba3e::2:30"];

/** Turns peers of the flows table into ends, for one stack and one set of workloads. */
export class Ends {
  readonly #workloads: readonly { readonly pods: WorkloadPods; readonly end: NamedEndpoint }[];
  readonly #known = new Map<string, NamedEndpoint>();

  constructor(readonly world: World) {
    this.#workloads = world.workloads.map((pods) => ({ pods, end: this.#pod(pods.name, pods) }));
  }

  workloads(): NamedEndpoint[] {
    return this.#workloads.map(({ end }) => end);
  }

  resolve(peer: Peer): ResolvedPeer {
    if (isOutside(peer)) return this.#outside(peer);
    if (isPlatform(peer)) return this.#platform(peer.kind);
    switch (peer.kind) {
      case "app":
        return this.#app(peer);
      case "operator":
        return { ends: [this.#group(peer.namespace, peer.pods ?? { name: "*", labels: {} })] };
      case "foreign":
        return { ends: [this.#group(peer.namespace, peer.pods)] };
      case "datastore":
        return this.#datastore(peer.app, peer.store);
      case "ingressController":
        return peer.host !== undefined && !this.#hasApp(peer.host) ? { ends: [] } : this.ingressController();
      case "address":
        return { ends: this.#addresses(peer.name, peer.cidrs ?? []) };
    }
  }

  ingressController(): ResolvedPeer {
    const { namespace, podLabels, podPorts, hostNetwork } = this.world.settings.ingress;
    const ends = hostNetwork
      ? this.#addresses("ingress controller", this.world.settings.nodeCidrs)
      : [this.#group(namespace, { name: "ingress controller", labels: podLabels }, "ingress controller")];
    return { ends, ports: tcp(podPorts) };
  }

  /** Ends that no flow need name, to find out what else can be reached. */
  strangers(): NamedEndpoint[] {
    return [
      this.#pod("any other pod of the cluster", { namespace: "default", labels: {}, ports: [] }),
      ...PUBLIC.map((ip) => this.#address(internetName(ip), ip)),
      this.#address("private networks (RFC 1918)", this.#unusedPrivateAddress()),
      this.#address("cloud metadata service (169.254.169.254)", "169.254.169.254"),
      ...this.#platform("kubeApi").ends,
    ];
  }

  #hasApp(app: AppKey): boolean {
    return this.#workloads.some(({ pods }) => pods.app === app);
  }

  #app({ app, pods }: AppPeer, ports?: PortSet): ResolvedPeer {
    const ends = this.#workloads
      .filter((candidate) => candidate.pods.app === app && inGroup(pods, candidate.pods.labels))
      .map(({ end }) => end);
    return { ends, ports };
  }

  /** The store that is there: among the given workloads, else the external one of the settings. */
  #datastore(app: AppKey, store: Store): ResolvedPeer {
    const inside = [bundledStore(app, store), ...(store === "postgres" ? [cnpgInstances(app)] : [])];
    const ends = inside.flatMap((peer) => this.#app(peer).ends);
    if (ends.length > 0) return { ends, ports: tcp([storePorts[store]]) };
    const settings = storeSettings(this.world.settings, app, store);
    if (settings?.provider !== "external") return { ends: [] };
    return this.#service(`${app}: ${store}`, { ...settings, port: settings.port ?? storePorts[store] });
  }

  #platform(kind: PlatformPeer["kind"]): ResolvedPeer {
    const { settings, monitoringNamespace } = this.world;
    switch (kind) {
      case "kubeApi":
        return {
          ends: this.#addresses("kube-apiserver", this.#apiServer()),
          ports: tcp(settings.apiServer.ports),
        };
      case "nodes":
        return { ends: this.#addresses("nodes", settings.nodeCidrs) };
      case "dns":
        return {
          ends: [this.#group(settings.dns.namespace, { name: "dns", labels: settings.dns.podLabels }, "cluster DNS")],
          ports: union([tcp(settings.dns.ports), ...settings.dns.ports.map((port) => portRange("UDP", port))]),
        };
      case "monitoring":
        return {
          ends: [
            this.#group(
              monitoringNamespace,
              { name: "prometheus", labels: settings.monitoring.podLabels },
              "Prometheus",
            ),
          ],
        };
      case "cnpgOperator":
        return {
          ends: [
            this.#group(
              settings.cnpgOperator.namespace,
              { name: "cnpg", labels: settings.cnpgOperator.podLabels },
              "CloudNativePG operator",
            ),
          ],
        };
    }
  }

  #outside(peer: OutsidePeer): ResolvedPeer {
    const { settings } = this.world;
    switch (peer.kind) {
      case "cnpgBackups": {
        const backups = storeSettings(settings, peer.app, "postgres")?.backups ?? this.world.databaseStore;
        return this.#service(`${peer.app}: postgres backups`, backups);
      }
      case "smtp":
        return this.#service("SMTP relay", settings.smtp);
      case "llm":
        return settings.llm === undefined ? this.#serving("llm") : this.#service("language model", settings.llm);
      case "antivirus":
        return settings.antivirus === undefined
          ? this.#serving("antivirus")
          : this.#service("antivirus", settings.antivirus);
      case "identityProvider":
        return settings.identityProvider === undefined
          ? this.resolve({ kind: "ingressController", host: "keycloak" })
          : this.#service("identity provider", settings.identityProvider);
      case "identityBrokers": {
        const brokers = settings.identityBrokers.map((broker) => this.#service(broker.host, broker));
        return {
          ends: brokers.flatMap(({ ends }) => ends),
          ports: union(brokers.map(({ ports }) => ports ?? noPorts)),
        };
      }
      case "internet": {
        const { enabled, cidrs } = settings.internet[peer.name];
        return { ends: enabled ? this.#addresses(peer.name, cidrs) : [] };
      }
      case "mediaClients":
        return { ends: this.#addresses("media clients", settings.livekit.clientCidrs) };
    }
  }

  /** The suite's own service. */
  #serving(name: SharedService): ResolvedPeer {
    const { pods, port } = servingApps[name];
    return this.#app(pods, tcp([port]));
  }

  #service(name: string, service: Partial<ExternalService> | undefined): ResolvedPeer {
    if (service?.host === undefined || service.port === undefined) return { ends: [] };
    const own = ipaddr.isValid(service.host) && (service.cidrs ?? []).length === 0 ? [service.host] : service.cidrs;
    return { ends: this.#addresses(name, own ?? []), ports: tcp([service.port]) };
  }

  #group(namespace: string, pods: PodGroup, name = `${namespace}/${pods.name}`): NamedEndpoint {
    return this.#pod(name, { namespace, labels: pods.labels, ports: [] });
  }

  #pod(name: string, pod: Pick<WorkloadPods, "namespace" | "labels" | "ports" | "ip">): NamedEndpoint {
    const namespaceLabels = this.world.namespaceLabels.get(pod.namespace) ?? {
      "kubernetes.io/metadata.name": pod.namespace,
    };
    const { namespace, labels, ports } = pod;
    const ip = pod.ip ?? firstAddress(this.world.settings.podCidrs[0] ?? "");
    return this.#once(name, { pod: { namespace, namespaceLabels, labels }, ip, ports });
  }

  /** One end per range, at its first usable address; the whole internet at a public one. */
  #addresses(name: string, ranges: readonly string[]): NamedEndpoint[] {
    return ranges.flatMap((range) => {
      const ip = firstAddress(range);
      if (ip === undefined) return [];
      return [PUBLIC.includes(ip) ? this.#address(internetName(ip), ip) : this.#address(`${name} (${range})`, ip)];
    });
  }

  #address(name: string, ip: string): NamedEndpoint {
    return this.#once(name, { ip, ports: [] });
  }

  #once(name: string, endpoint: Endpoint): NamedEndpoint {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = { name, endpoint };
    this.#known.set(name, made);
    return made;
  }

  #apiServer(): readonly string[] {
    const { apiServerAddresses = [], settings } = this.world;
    return apiServerAddresses.length === 0 ? settings.controlPlaneCidrs : apiServerAddresses;
  }

  #unusedPrivateAddress(): string {
    const { podCidrs, serviceCidrs, nodeCidrs, controlPlaneCidrs } = this.world.settings;
    const used = [...podCidrs, ...serviceCidrs, ...nodeCidrs, ...controlPlaneCidrs];
    const candidates = ["192.168.251.17", "10.251.3.17", "172.27.3.17"];
    return candidates.find((ip) => !used.some((range) => inRange(ip, range))) ?? "192.168.251.17";
  }
}

const platformKinds = ["kubeApi", "monitoring", "dns", "nodes", "cnpgOperator"] as const;
const outsideKinds = [
  "cnpgBackups",
  "smtp",
  "llm",
  "antivirus",
  "identityProvider",
  "identityBrokers",
  "internet",
  "mediaClients",
] as const;

type PlatformPeer = Extract<Peer, { kind: (typeof platformKinds)[number] }>;
type OutsidePeer = Extract<Peer, { kind: (typeof outsideKinds)[number] }>;

const isPlatform = (peer: Peer): peer is PlatformPeer => platformKinds.some((kind) => kind === peer.kind);
const isOutside = (peer: Peer): peer is OutsidePeer => outsideKinds.some((kind) => kind === peer.kind);

interface ExternalService {
  readonly host: string;
  readonly cidrs: readonly string[];
  readonly port: number;
}

interface StoreSettings extends Partial<ExternalService> {
  readonly provider: StoreProvider;
  readonly backups?: ExternalService | undefined;
}

function storeSettings(settings: NetworkSettings, app: AppKey, store: Store): StoreSettings | undefined {
  const all: Partial<Record<AppKey, Partial<Record<Store, StoreSettings>>>> = settings.datastores;
  return all[app]?.[store];
}

/**
 * Whether a flow is needed. Of a datastore inside the cluster the given workloads decide, not the settings: pods that
 * are there must be reachable whatever the stack's file says.
 */
export function holds(condition: Condition, settings: NetworkSettings): boolean {
  switch (condition) {
    case "metrics":
      return settings.monitoring.metrics;
    case "turn":
      return settings.livekit.turn;
    case "mediaThroughNodes":
      return settings.livekit.throughNodes;
    default:
      return (
        condition.provider !== "external" ||
        storeSettings(settings, condition.app, condition.store)?.provider === "external"
      );
  }
}

function inGroup({ labels, expressions }: PodGroup, podLabels: Labels): boolean {
  return selects({ matchLabels: labels, matchExpressions: requirements(expressions ?? []) }, podLabels);
}

const requirements = (expressions: readonly LabelExpression[]) => expressions.map((expression) => ({ ...expression }));

const tcp = (ports: readonly number[]): PortSet => union(ports.map((port) => portRange("TCP", port)));

/** Ports of an entry of the flows table. */
export function flowPorts(ports: readonly Port[]): PortSet {
  return union(
    ports.map((port) => {
      if (typeof port === "number") return portRange("TCP", port);
      const protocol = protocols.find((candidate) => candidate === port.protocol) ?? "TCP";
      return port.port === undefined
        ? wholeProtocol(protocol)
        : portRange(protocol, port.port, port.endPort ?? port.port);
    }),
  );
}

const internetName = (ip: string): string => `internet (IPv${ip.includes(":") ? "6" : "4"})`;

/** Whether an address lies in a range. */
export function inRange(ip: string, range: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(range);
  const address = ipaddr.parse(ip);
  return address.kind() === network.kind() && address.match(network, bits);
}

/** An address of a range: the first after the network's own, the only one of a single address. */
function firstAddress(range: string): string | undefined {
  if (ipaddr.isValid(range)) return range;
  if (!ipaddr.isValidCIDR(range)) return undefined;
  const publicOne = PUBLIC.find((ip) => inRange(ip, range));
  if (publicOne !== undefined) return publicOne;
  const [network, bits] = ipaddr.parseCIDR(range);
  const bytes = network.toByteArray();
  if (bits === bytes.length * 8) return network.toString();
  const last = bytes.length - 1;
  return ipaddr.fromByteArray(bytes.map((byte, index) => (index === last ? byte | 1 : byte))).toString();
}

/** Names of the suite's workloads are `<app>/<workload>`; no other end's name has a slash outside parentheses. */
export const isWorkload = (name: string): boolean => /^[a-z]+\//.test(name);
