import { appKeys, type AppKey } from "../../../config/apps";
import type { Condition, Flow, Peer, Port, SingleFlow } from "../../../components/network/flow";
import type { NetworkInput } from "../../../components/network/resolve";
import { networkSettings, type NetworkInputSettings, type NetworkSettings } from "../../../components/network/settings";
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

/** An endpoint that stands for a peer in this stack, worked out from the settings alone. Undefined: not there. */
export function probe(peer: Peer, input: NetworkInput): Probe | undefined {
  const { settings, apps } = input;
  const external = (given: { cidrs: readonly string[]; port: number }): Probe => ({
    endpoint: { ip: firstHost(given.cidrs[0] ?? "") },
    port: given.port,
  });
  const pod = (app: AppKey, labels: Labels, port?: number): Probe | undefined => {
    const namespace = apps[app];
    return namespace === undefined
      ? undefined
      : { endpoint: { namespace, labels }, ...(port === undefined ? {} : { port }) };
  };
  const controller: Probe = {
    endpoint: { namespace: settings.ingress.namespace, labels: settings.ingress.podLabels },
    port: settings.ingress.podPorts[0] ?? 0,
  };
  switch (peer.kind) {
    case "app":
      return pod(peer.app, peer.pods.labels);
    case "datastore": {
      const store = storeOf(settings, peer.app, peer.store);
      const port = { postgres: 5432, redis: 6379, s3: 9000 }[peer.store];
      if (apps[peer.app] === undefined) return undefined;
      if (store.provider === "external") return external({ cidrs: store.cidrs ?? [], port: store.port ?? 0 });
      if (store.provider === "cnpg") return pod(peer.app, { "cnpg.io/cluster": `${peer.app}-cluster` }, port);
      return pod(peer.app, bundled[peer.store] ?? {}, port);
    }
    case "ingressController":
      return peer.host !== undefined && apps[peer.host] === undefined ? undefined : controller;
    case "identityProvider":
      if (settings.identityProvider !== undefined) return external(settings.identityProvider);
      return apps.keycloak === undefined ? undefined : controller;
    case "llm":
      if (settings.llm !== undefined) return external(settings.llm);
      return pod("ollama", { "app.kubernetes.io/name": "ollama", "app.kubernetes.io/component": "ollama" }, 11434);
    case "antivirus":
      if (settings.antivirus !== undefined) return external(settings.antivirus);
      return pod("clamav", { "app.kubernetes.io/name": "clamav", "app.kubernetes.io/component": "clamav" }, 3310);
    case "smtp":
      return settings.smtp === undefined ? undefined : external(settings.smtp);
    case "identityBrokers":
      return settings.identityBrokers[0] === undefined ? undefined : external(settings.identityBrokers[0]);
    case "cnpgBackups": {
      const backups = storeOf(settings, peer.app, "postgres").backups;
      return backups === undefined || apps[peer.app] === undefined ? undefined : external(backups);
    }
    case "kubeApi":
      return { endpoint: { ip: firstHost(settings.controlPlaneCidrs[0] ?? "") }, port: 6443 };
    case "nodes":
      return { endpoint: { ip: firstHost(settings.nodeCidrs[0] ?? "") } };
    case "internet":
      return settings.internet[peer.name].enabled ? { endpoint: { ip: PUBLIC_IP } } : undefined;
    case "mediaClients":
      return { endpoint: { ip: PUBLIC_IP } };
    case "monitoring":
      return { endpoint: { namespace: input.monitoringNamespace, labels: settings.monitoring.podLabels } };
    case "cnpgOperator":
      return { endpoint: { namespace: settings.cnpgOperator.namespace, labels: settings.cnpgOperator.podLabels } };
    case "dns":
      return { endpoint: { namespace: settings.dns.namespace, labels: settings.dns.podLabels }, port: 53 };
    case "operator":
    case "foreign":
      return { endpoint: { namespace: peer.namespace, labels: peer.pods?.labels ?? {} } };
    case "address":
      return { endpoint: { ip: firstHost(peer.cidrs?.[0] ?? PUBLIC_IP) } };
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
