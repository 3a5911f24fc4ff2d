import type { BackupTier } from "../../../suite/app";
import type { StoreProvider } from "../../../suite/flow";

/**
 * What operators offer to each other. Present when the stack installs the operator that provides it,
 * or when the cluster has it already.
 */
export const capabilities = [
  /** `monitoring.coreos.com`: ServiceMonitor, PodMonitor, PrometheusRule. */
  "monitors",
  /** `cert-manager.io`: Issuer, Certificate. */
  "certificates",
  /** `postgresql.cnpg.io` and `barmancloud.cnpg.io`: Cluster, ScheduledBackup, ObjectStore. */
  "databases",
  /** `external-secrets.io`: ExternalSecret, ClusterSecretStore. */
  "external-secrets",
  /** `snapshot.storage.k8s.io`: VolumeSnapshot. */
  "volume-snapshots",
  /** `grafana.integreatly.org`: Grafana, GrafanaDatasource, GrafanaDashboard. */
  "grafana",
  /** `security-profiles-operator.x-k8s.io`: AppArmorProfile, SeccompProfile. */
  "security-profiles",
  /** The stack's own Prometheus, Alertmanager and Grafana. */
  "monitoring-stack",
  /** Loki's push API inside the cluster. */
  "log-store",
  /** Falcosidekick's endpoint for events. */
  "event-router",
  /** `policies.kyverno.io`: policies that change and refuse at admission, beyond the API server's own. */
  "admission-policies",
] as const;
export type Capability = (typeof capabilities)[number];

/** What the cluster had before the platform: names of CRDs and APIServices without the platform's label. */
export interface Present {
  readonly crds: ReadonlySet<string>;
  readonly apiServices: ReadonlySet<string>;
}

export interface AppPlace {
  readonly key: string;
  readonly namespace: string;
  /** Team that answers for it; absent: the stack's owner. */
  readonly owner?: string;
  readonly backupTier: BackupTier;
  readonly holdsData: boolean;
  /** It keeps data in claims of its namespace, its bundled stores' included. */
  readonly hasVolumes?: boolean;
  /** Where its PostgreSQL runs, for an app that has one. */
  readonly postgres?: StoreProvider;
}

/** Where images and artifacts come from. */
export interface ImageFacts {
  /** Registry of copies of whatever `mirrors` does not list. */
  readonly mirror?: string;
  /** Registries of copies, by the registry that they are of. */
  readonly mirrors?: Readonly<Record<string, string>>;
  readonly pullSecret?: string;
}

/** The part of the configuration that operators read, as plain facts. */
export interface Facts {
  readonly environment: "dev" | "acc" | "prod";
  readonly region: string;
  readonly backupRegion: string;
  readonly zones: readonly string[];
  readonly owner: string;
  /** Who uses the platform, in names that tenants of one host must not share. */
  readonly organisation?: string | undefined;
  /** Public DNS domain of the suite. */
  readonly domain: string;
  readonly cluster: {
    readonly distribution: "kubernetes" | "openshift" | "rke2" | "eks" | "aks" | "gke";
    readonly managedControlPlane: boolean;
    readonly domain: string;
    readonly appArmor: boolean;
    /** Pods are simulated: no webhook answers, no APIService behind a pod. */
    readonly simulatedNodes: boolean;
  };
  readonly images: ImageFacts;
  /** Private authorities that the operators trust besides the public ones, in PEM form. */
  readonly trust?: string;
  readonly monitoringNamespace: string;
  /** Base address of the runbooks, for the links in alerts. */
  readonly runbooks: string;
  /** StorageClass for the operators' own volumes. */
  readonly storageClass: string;
  readonly ingressNamespace: string;
  /** Labels of the ingress controller's pods. */
  readonly ingressPodLabels: Readonly<Record<string, string>>;
  /** What serves the suite's public routes. */
  readonly edgeController: "traefik" | "haproxy-openshift";
  /** How many nodes the cluster has; absent: it could not be asked. */
  readonly nodes?: { readonly workers: number; readonly controlPlanes: number };
  /** Network plugin, as `network.cni` names it. */
  readonly cni?: string;
  /** Enabled apps of the suite only. */
  readonly apps: readonly AppPlace[];
  /** Groups that install and upgrade the suite. */
  readonly deployerGroups: readonly string[];
  /** Where pods of the suite have a flow to beyond the cluster, by namespace. */
  readonly outside: readonly { readonly namespace: string; readonly cidrs: readonly string[] }[];
  /** Namespaces of all operators that the stack installs. */
  readonly operatorNamespaces: readonly string[];
  readonly capabilities: ReadonlySet<Capability>;
  readonly present: Present;
}

/** Whose cluster it is, in logs, metrics, backups and alerts: two organisations at one host never meet. */
export function organisationOf({
  organisation,
  domain,
}: {
  readonly organisation?: string | undefined;
  readonly domain: string;
}): string {
  return organisation ?? domain;
}

/** Name of the cluster in logs, metrics, backups and alerts. */
export function clusterName(facts: Pick<Facts, "environment" | "region">): string {
  return `${facts.environment}-${facts.region}`;
}

/** Folder of a cluster in a store. Without the organisation, two tenants of one host would write over each other's. */
export const prefixOf = (facts: Pick<Facts, "environment" | "region"> & Parameters<typeof organisationOf>[0]): string =>
  `${organisationOf(facts)}/${clusterName(facts)}`;

/** `docker.io/library/x` and friends name their registry; the short forms of Docker Hub do not (distribution/reference). */
export function withRegistry(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const named = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (named) return reference;
  return `docker.io/${rest.length > 0 ? reference : `library/${reference}`}`;
}

/** The registry to pull from: the mirror where there is one. A mirror keeps every path below the registry. */
export function registry({ images }: Pick<Facts, "images">, upstream: string): string {
  return images.mirrors?.[upstream] ?? images.mirror ?? upstream;
}

/** Every mirror of the stack. */
export function mirrorsOf({ mirror, mirrors = {} }: ImageFacts): string[] {
  return [...new Set([...(mirror === undefined ? [] : [mirror]), ...Object.values(mirrors)])];
}

/** An image or artifact reference, moved to the mirror where there is one and it is not there already. */
export function image(facts: Pick<Facts, "images">, reference: string): string {
  const full = withRegistry(reference);
  if (mirrorsOf(facts.images).some((place) => full.startsWith(`${place}/`))) return full;
  const slash = full.indexOf("/");
  return `${registry(facts, full.slice(0, slash))}${full.slice(slash)}`;
}

/** Pull secrets as pods name them. */
export function pullSecrets(facts: Pick<Facts, "images">): { name: string }[] {
  return facts.images.pullSecret === undefined ? [] : [{ name: facts.images.pullSecret }];
}
