import { appKeys, type AppKey } from "../../../suite/apps";
import {
  isServicePeer,
  type AppPeer,
  type Condition,
  type Flow,
  type ForeignPeer,
  type OperatorPeer,
  type Peer,
  type Port,
  type ServicePeer,
  type SingleFlow,
} from "../../../suite/flow";
import type { NetworkInput } from "../../../components/network/resolve";
import { networkSettings, type NetworkInputSettings, type NetworkSettings } from "../../../config/network";
import type { Endpoint, Labels } from "./oracle";

/** The least that a stack must say of its network. */
export const base: NetworkInputSettings = {
  podCidrs: ["10.244.0.0/16", "fd00:10:244::/56"],
  serviceCidrs: ["10.96.0.0/12", "fd00:10:96::/112"],
  controlPlaneCidrs: ["172.18.0.2/32"],
  nodeCidrs: ["172.18.0.0/16"],
};

/** Every service outside the cluster named, by an address of its own. */
export const everything: NetworkInputSettings = {
  ...base,
  smtp: { host: "mail.example.nl", cidrs: ["192.0.2.16/28"] },
  identityBrokers: [{ host: "directory.example.nl", cidrs: ["192.0.2.32/28"], port: 636 }],
  livekit: { turn: true, throughNodes: true },
};

export const settingsOf = (given: NetworkInputSettings): NetworkSettings => networkSettings.parse(given);

export const namespaceOf = (app: AppKey): string => `mijnbureau-${app}`;

export function inputOf(given: NetworkInputSettings, apps: readonly AppKey[] = appKeys): NetworkInput {
  return {
    settings: settingsOf(given),
    apps: Object.fromEntries(apps.map((app) => [app, namespaceOf(app)])),
    operatorNamespaces: [],
    monitoringNamespace: "monitoring",
  };
}

const bundled: Readonly<Record<string, Labels>> = {
  postgres: { "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "primary" },
  redis: { "app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "master" },
  s3: { "app.kubernetes.io/name": "minio", "app.kubernetes.io/component": "minio" },
};

interface Probe {
  readonly endpoint: Endpoint;
  /** Where the flow's entry leaves the port to its target. */
  readonly port?: number;
}

type Store = {
  provider: string;
  cidrs?: string[];
  port?: number;
  backups?: { cidrs: string[]; port: number } | undefined;
};

function storeOf(settings: NetworkSettings, app: AppKey, store: string): Store {
  const all: Record<string, Record<string, Store>> = settings.datastores;
  const found = all[app]?.[store];
  if (found === undefined) throw new Error(`no ${store} for ${app}`);
  return found;
}

const firstHost = (cidr: string): string => cidr.replace(/\/\d+$/, "").replace(/\.0$/, ".1");
const PUBLIC_IP = "203.0.113.7";
const controllerOf = ({ ingress }: NetworkSettings): Probe => ({
  endpoint: { namespace: ingress.namespace, labels: ingress.podLabels },
  port: ingress.podPorts[0] ?? 0,
});

const external = (given: { cidrs: readonly string[]; port: number } | undefined): Probe | undefined =>
  given === undefined ? undefined : { endpoint: { ip: firstHost(given.cidrs[0] ?? "") }, port: given.port };

function appPod(input: NetworkInput, app: AppKey, labels: Labels, port?: number): Probe | undefined {
  const namespace = input.apps[app];
  if (namespace === undefined) return undefined;
  return { endpoint: { namespace, labels }, ...(port === undefined ? {} : { port }) };
}

const appLabels = (name: string): Labels => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/component": name,
});

function datastoreProbe(app: AppKey, store: "postgres" | "redis" | "s3", input: NetworkInput): Probe | undefined {
  if (input.apps[app] === undefined) return undefined;
  const { provider, cidrs = [], port = 0 } = storeOf(input.settings, app, store);
  const ownPort = { postgres: 5432, redis: 6379, s3: 9000 }[store];
  if (provider === "external") return external({ cidrs, port });
  if (provider === "cnpg") return appPod(input, app, { "cnpg.io/cluster": `${app}-cluster` }, ownPort);
  return appPod(input, app, bundled[store] ?? {}, ownPort);
}

function serviceProbe(peer: ServicePeer, input: NetworkInput): Probe | undefined {
  const { settings, apps } = input;
  switch (peer.kind) {
    case "datastore":
      return datastoreProbe(peer.app, peer.store, input);
    case "identityProvider":
      return external(settings.identityProvider) ?? (apps.keycloak === undefined ? undefined : controllerOf(settings));
    case "llm":
      return external(settings.llm) ?? appPod(input, "ollama", appLabels("ollama"), 11434);
    case "antivirus":
      return external(settings.antivirus) ?? appPod(input, "clamav", appLabels("clamav"), 3310);
    case "smtp":
      return external(settings.smtp);
    case "identityBrokers":
      return external(settings.identityBrokers[0]);
    case "cnpgBackups":
      return apps[peer.app] === undefined ? undefined : external(storeOf(settings, peer.app, "postgres").backups);
  }
}

const hostProbe = (host: AppKey | undefined, { settings, apps }: NetworkInput): Probe | undefined =>
  host !== undefined && apps[host] === undefined ? undefined : controllerOf(settings);

/** Labels of a pod that a peer selects. */
const labelsOf = ({ pods }: AppPeer | OperatorPeer | ForeignPeer): Labels => ({
  ...pods?.labels,
  ...Object.fromEntries(
    (pods?.expressions ?? []).flatMap(({ key, operator }) => (operator === "Exists" ? [[key, "any"]] : [])),
  ),
});

/** An endpoint that stands for a peer in this stack, worked out from the settings alone. Undefined: not there. */
export function probe(peer: Peer, input: NetworkInput): Probe | undefined {
  if (isServicePeer(peer)) return serviceProbe(peer, input);
  const { settings } = input;
  const inNamespace = (namespace: string, labels: Labels): Probe => ({ endpoint: { namespace, labels } });
  const at = (cidr: string | undefined): Probe => ({ endpoint: { ip: firstHost(cidr ?? PUBLIC_IP) } });
  switch (peer.kind) {
    case "app":
      return appPod(input, peer.app, labelsOf(peer));
    case "ingressController":
      return hostProbe(peer.host, input);
    case "kubeApi":
      return { ...at(settings.controlPlaneCidrs[0]), port: 6443 };
    case "nodes":
      return at(settings.nodeCidrs[0]);
    case "internet":
      return settings.internet[peer.name].enabled ? at(undefined) : undefined;
    case "mediaClients":
    case "address":
      return at(undefined);
    case "monitoring":
      return inNamespace(input.monitoringNamespace, settings.monitoring.podLabels);
    case "cnpgOperator":
      return inNamespace(settings.cnpgOperator.namespace, settings.cnpgOperator.podLabels);
    case "dns":
      return { ...inNamespace(settings.dns.namespace, settings.dns.podLabels), port: 53 };
    case "operator":
    case "foreign":
      return inNamespace(peer.namespace, labelsOf(peer));
  }
}

export function conditionHolds(condition: Condition, settings: NetworkSettings): boolean {
  if (condition === "metrics") return settings.monitoring.metrics;
  if (condition === "turn") return settings.livekit.turn;
  if (condition === "mediaThroughNodes") return settings.livekit.throughNodes;
  return storeOf(settings, condition.app, condition.store).provider === condition.provider;
}

/** First and last port of an entry's port. */
export function bounds(port: Port): { protocol: "TCP" | "UDP"; first: number; last: number } {
  if (typeof port === "number") return { protocol: "TCP", first: port, last: port };
  return { protocol: port.protocol, first: port.port ?? 1, last: port.endPort ?? port.port ?? 65535 };
}

/** Both ends and the ports of a flow that exists in this stack. */
export function probes(flow: SingleFlow, input: NetworkInput) {
  if (!(flow.when ?? []).every((condition) => conditionHolds(condition, input.settings))) return undefined;
  const from = probe(flow.from, input);
  const to = probe(flow.to, input);
  if (from === undefined || to === undefined) return undefined;
  const ports = flow.ports ?? (to.port === undefined ? [] : [to.port]);
  return { from: from.endpoint, to: to.endpoint, ports: ports.map(bounds) };
}

/** Apps that a flow names, on either end or as the host that is called. */
export function appsOf(flow: Flow | SingleFlow): AppKey[] {
  return [flow.from, flow.to].flat().flatMap((peer: Peer): AppKey[] => {
    if (peer.kind === "ingressController") return peer.host === undefined ? [] : [peer.host];
    return "app" in peer ? [peer.app] : [];
  });
}
