import type { AppPeer, Flow, InternetName, Store } from "./flow";
import type { Way } from "./secret-ways";
import type { NamespaceSize } from "./size";

export const dataClassifications = ["public", "internal", "confidential"] as const;
export type DataClassification = (typeof dataClassifications)[number];

/** Backup tiers: `none`, or how often and how long; see the Velero operator for the schedules. */
export const backupTiers = ["none", "standard", "critical"] as const;
export type BackupTier = (typeof backupTiers)[number];

/** A datastore of an app. Whether it is bundled, CloudNativePG or external, the stack decides. */
export interface AppStore {
  /** Pods that use it. */
  readonly clients: readonly AppPeer[];
  /** Parts of the bundled `minio` chart beside the store itself: they make the bucket, and show it. */
  readonly tools?: readonly AppPeer[];
  /** False: the bundled store has no exporter of metrics beside it. */
  readonly exporter?: false;
}

/** MinBZK/mijn-bureau-infra b2ae545, helmfile/environments/default/database.yaml.gotmpl. */
export interface AppDatabase {
  readonly name: string;
  readonly user: string;
  /** Property of the app's entry in the secret store that holds the password: the key that `secrets` merges. */
  readonly password: string;
}

/**
 * Where helmfile/environments/default/pvc.yaml.gotmpl of MinBZK/mijn-bureau-infra (b2ae545) has the volumes of an app: the
 * key below `pvc`, and its parts; without parts the key itself is one volume.
 */
export interface AppVolumes {
  readonly key: string;
  readonly parts: readonly string[];
}

export interface OwnClaim {
  readonly name: string;
  /** The app fills it again by itself, so nothing of it is saved. */
  readonly remade?: true;
}

/** Flows of an app by topic, as in `docs/network.md`; those of its datastores follow from `datastores`. */
export interface AppFlows {
  /** What the ingress controller leads users to, by pod port. */
  readonly edge: readonly Flow[];
  /** Calls to the public hostname of an app: they go out to the ingress controller and come back in. */
  readonly hairpin: readonly Flow[];
  /** From pod to pod: to services of other apps, and between the parts of this one. */
  readonly pods: readonly Flow[];
  /** With the API server, and from Prometheus. */
  readonly cluster: readonly Flow[];
  /** Beyond the cluster, and into it past the ingress controller. */
  readonly outside: readonly Flow[];
}

/** Services that other apps of the suite use, unless the stack names one outside the cluster. */
export const sharedServices = ["llm", "antivirus"] as const;
export type SharedService = (typeof sharedServices)[number];

/** All that the platform knows of an app of MijnBureau. Where an app has nothing of a kind, the file says so. */
export interface App {
  readonly title: string;
  /** Its name in the suite's values for datastores, and of its Helm release. */
  readonly suiteName: string;
  /** Data that users or the suite cannot recreate lives in volumes or Secrets of this namespace. */
  readonly holdsData: boolean;
  readonly dataClassification: DataClassification;
  readonly backupTier: BackupTier;
  /**
   * Totals that the suite's production overlay asks for at its autoscalers' maximum, bundled datastores included, plus
   * one surge pod per workload (rendered manifests of MinBZK/mijn-bureau-infra b2ae545).
   */
  readonly size: NamespaceSize;
  /** Public hosts, by the suite's name of each: the label below the stack's domain (`global.hostname`). */
  readonly hosts: Readonly<Record<string, string>>;
  /**
   * Its pods by the labels in their pod templates, as the helmfile renders them (MinBZK/mijn-bureau-infra b2ae545).
   * Each set of labels matches its own pods only: within one namespace `app.kubernetes.io/component: master` alone,
   * for one, is Synapse and Redis.
   */
  readonly workloads: Readonly<Record<string, AppPeer>>;
  readonly datastores: Readonly<Partial<Record<Store, AppStore>>>;
  /** Its PostgreSQL database, as the suite's own values name it. */
  readonly database: AppDatabase | undefined;
  readonly volumes: AppVolumes | undefined;
  /** The claim in which it keeps data besides its bundled stores' (rendered manifests of the same commit). */
  readonly ownClaim: OwnClaim | undefined;
  readonly flows: AppFlows;
  /** What it needs from the internet, and the hosts for it. No hosts: they cannot be listed. */
  readonly internet: Readonly<
    Partial<Record<InternetName, { readonly hosts: readonly string[]; readonly what: string }>>
  >;
  /** What it is to the other apps. */
  readonly serves: Readonly<
    Partial<Record<SharedService, { readonly pods: AppPeer; readonly service: string; readonly port: number }>>
  >;
  /** Services of type LoadBalancer: traffic that passes no ingress controller. */
  readonly loadBalancers: readonly { readonly service: string; readonly when?: "turn" }[];
  /** Secrets that Helm renders, and how each key can come from the external store. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Way>>>>;
  /** Entries of the suite's container.yaml.gotmpl that name a registry of their own, which wins over the default; with it. */
  readonly images: Readonly<Record<string, string>>;
  /** Where its images come from, as the suite ships them: registry and path. */
  readonly registries: readonly string[];
  /** What it needs of the ingress controller beyond the limits for all. 0 bytes: no limit, it limits uploads itself. */
  readonly edge: { readonly maxBodyBytes?: number; readonly responseSeconds?: number };
  /** Files that its programs may write, from the writable mounts; apps with one profile share it. */
  readonly appArmor: { readonly profile: string; readonly writable: readonly string[] };
  /** SecurityContextConstraints that a Role of the app grants (OpenShift); the deployer must hold them to create it. */
  readonly openshiftScc: string | undefined;
  /** Off in the suite's environment demo, the only one that it renders with bundled datastores. */
  readonly offInDemo: boolean;
}
