import type { AppKey } from "./apps/keys";

/** TCP port by number, or a port (range) with its protocol. Ports are those of pods, which policies match on. */
export type Port = number | PortRange;

export interface PortRange {
  readonly protocol: "TCP" | "UDP";
  /** Absent: every port of the protocol. */
  readonly port?: number;
  readonly endPort?: number;
}

/** Kubernetes `LabelSelectorRequirement`. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

/** Pods of one namespace that play one part, by the labels that they really carry. */
export interface PodGroup {
  /** Names the policy of these pods: `allow-<name>`. Unique within the namespace. */
  readonly name: string;
  /** Empty, and without expressions: every pod of the namespace. */
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions?: readonly LabelExpression[];
  /** Why a rendered suite may well have no such pods. */
  readonly optional?: string;
}

/** Datastores that an app of the suite can have. */
export const stores = ["postgres", "redis", "s3"] as const;
export type Store = (typeof stores)[number];

/** Where a datastore runs: bundled with the app, a CloudNativePG cluster in its namespace, or outside the cluster. */
export type StoreProvider = "bundled" | "cnpg" | "external";

/** Parts of the outside world that the suite itself talks to; each has its entry below `network.internet`. */
export const internetNames = [
  "clamavSignatures",
  "ollamaModels",
  "nextcloudAppStore",
  "matrixFederation",
  "matrixKeyServer",
] as const;
export type InternetName = (typeof internetNames)[number];

/** Pods of an app of MijnBureau; nothing is allowed for an app that the stack does not have. */
export interface AppPeer {
  readonly kind: "app";
  readonly app: AppKey;
  readonly pods: PodGroup;
}

/** Pods of an operator; nothing is allowed for a namespace that the stack does not have. */
export interface OperatorPeer {
  readonly kind: "operator";
  /** Name of the namespace. */
  readonly namespace: string;
  /** Absent: every pod of the namespace. */
  readonly pods?: PodGroup;
}

/** Pods in a namespace that others own, such as `kube-system`: policies are made for our end only. */
export interface ForeignPeer {
  readonly kind: "foreign";
  readonly namespace: string;
  readonly pods: PodGroup;
}

/** A named address outside the cluster, from an operator's own settings: object storage, a secret store, a registry. */
export interface AddressPeer {
  readonly kind: "address";
  readonly name: string;
  readonly hosts?: readonly string[];
  /** Absent or empty: the public internet, or only `hosts` where the network plugin can do that. */
  readonly cidrs?: readonly string[];
}

export type Peer =
  | AppPeer
  | OperatorPeer
  | ForeignPeer
  | AddressPeer
  /** As a target, `host` says whose public hostname is called; the call ends at the controller's pods. */
  | { readonly kind: "ingressController"; readonly host?: AppKey }
  | { readonly kind: "kubeApi" }
  | { readonly kind: "monitoring" }
  | { readonly kind: "dns" }
  | { readonly kind: "nodes" }
  /** Whichever provider the stack has for the store. */
  | { readonly kind: "datastore"; readonly app: AppKey; readonly store: Store }
  | { readonly kind: "cnpgOperator" }
  /** Object storage to which a CloudNativePG cluster is backed up. */
  | { readonly kind: "cnpgBackups"; readonly app: AppKey }
  | { readonly kind: "smtp" }
  /** Ollama of the suite, or the external endpoint that the stack names. */
  | { readonly kind: "llm" }
  /** ClamAV of the suite, or the external scanner that the stack names. */
  | { readonly kind: "antivirus" }
  /** Keycloak's public hostname, or the external provider that the stack names. */
  | { readonly kind: "identityProvider" }
  /** Directories and providers behind Keycloak. */
  | { readonly kind: "identityBrokers" }
  | { readonly kind: "internet"; readonly name: InternetName }
  /** Browsers and apps that send audio and video. */
  | { readonly kind: "mediaClients" };

const serviceKinds = [
  "datastore",
  "cnpgBackups",
  "smtp",
  "llm",
  "antivirus",
  "identityProvider",
  "identityBrokers",
] as const;

/** Peers of which the settings say whether they are pods, addresses outside, or not there at all. */
export type ServicePeer = Extract<Peer, { readonly kind: (typeof serviceKinds)[number] }>;
export type PlacedPeer = Exclude<Peer, ServicePeer>;

export const isServicePeer = (peer: Peer): peer is ServicePeer => serviceKinds.some((kind) => kind === peer.kind);

/** What must be so in the stack for a flow to exist, beyond both ends being there. */
export type Condition =
  | "metrics"
  | "turn"
  | "mediaThroughNodes"
  | { readonly app: AppKey; readonly store: Store; readonly provider: StoreProvider };

/** One permission: who may open a connection to whom. Answers need none; policies are stateful. */
export interface Flow {
  readonly from: Peer | readonly Peer[];
  readonly to: Peer | readonly Peer[];
  /** Left out where the target brings its own: ingress controller, kube API, datastore, SMTP, LLM, … */
  readonly ports?: readonly Port[];
  /** Why the flow is needed, for the reader of `docs/network.md` and of the policy's annotation. */
  readonly why: string;
  /** Where the need was found: upstream file, document and section, or issue. */
  readonly source: string;
  /** All must hold. */
  readonly when?: readonly Condition[];
}

/** A flow between one peer and one other. */
export interface SingleFlow extends Flow {
  readonly from: Peer;
  readonly to: Peer;
}

const many = (peers: Peer | readonly Peer[]): readonly Peer[] => ("kind" in peers ? [peers] : peers);

/** Every pair of ends that an entry of the table stands for. */
export function singleFlows(flows: readonly Flow[]): SingleFlow[] {
  return flows.flatMap((flow) => many(flow.from).flatMap((from) => many(flow.to).map((to) => ({ ...flow, from, to }))));
}

const plainNames = {
  kubeApi: "kube-apiserver",
  monitoring: "monitoring",
  dns: "cluster DNS",
  nodes: "nodes",
  cnpgOperator: "CloudNativePG operator",
  smtp: "SMTP relay",
  llm: "language model",
  antivirus: "antivirus",
  identityProvider: "identity provider",
  identityBrokers: "identity brokers",
  mediaClients: "media clients",
} as const;

type PlainPeer = Extract<Peer, { readonly kind: keyof typeof plainNames }>;

const isPlain = (peer: Peer): peer is PlainPeer => peer.kind in plainNames;

/** Peer in words, as in the generated table: `docs/backend`, `ingress controller`, `smtp`. */
export function describePeer(peer: Peer): string {
  if (isPlain(peer)) return plainNames[peer.kind];
  switch (peer.kind) {
    case "app":
      return `${peer.app}/${peer.pods.name}`;
    case "operator":
      return peer.pods === undefined ? `${peer.namespace}/*` : `${peer.namespace}/${peer.pods.name}`;
    case "foreign":
      return `${peer.namespace}/${peer.pods.name}`;
    case "address":
      return peer.name;
    case "ingressController":
      return peer.host === undefined ? "ingress controller" : `ingress controller (host of ${peer.host})`;
    case "datastore":
      return `${peer.app}: ${peer.store}`;
    case "cnpgBackups":
      return `${peer.app}: postgres backups`;
    case "internet":
      return `internet: ${peer.name}`;
  }
}

/** Port in words: `8080`, `53/UDP`, `30001-30009/UDP`, `any/UDP`. */
export function describePort(port: Port): string {
  if (typeof port === "number") return `${port}`;
  const range = port.endPort === undefined ? `${port.port ?? "any"}` : `${port.port}-${port.endPort}`;
  return port.protocol === "TCP" ? range : `${range}/${port.protocol}`;
}
