/**
 * The apps of MijnBureau as the platform sees them. Sizes are what the suite's production overlay asks for
 * at its autoscalers' maximum, bundled datastores included, plus one surge pod per workload
 * (rendered manifests of MinBZK/mijn-bureau-infra b2ae545).
 */
export const dataClassifications = ["public", "internal", "confidential"] as const;
export type DataClassification = (typeof dataClassifications)[number];

/** Backup tiers: `none`, or how often and how long; see the Velero operator for the schedules. */
export const backupTiers = ["none", "standard", "critical"] as const;
export type BackupTier = (typeof backupTiers)[number];

/** Totals per namespace, in Kubernetes quantities. */
export interface NamespaceSize {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
  readonly storage: string;
  readonly pods: number;
  readonly persistentVolumeClaims: number;
  readonly loadBalancers: number;
  readonly nodePorts: number;
  /** Devices and huge pages, by the name that the cluster's plugins give them: `nvidia.com/gpu`. Others are refused. */
  readonly devices: Readonly<Record<string, string>>;
  /** Largest single container, so that a LimitRange never refuses what the suite ships. */
  readonly largestContainer: { readonly cpu: string; readonly memory: string };
}

export interface AppFacts {
  readonly title: string;
  /** Data that users or the suite cannot recreate lives in volumes or Secrets of this namespace. */
  readonly holdsData: boolean;
  readonly dataClassification: DataClassification;
  readonly backupTier: BackupTier;
  /** SecurityContextConstraints that a Role of the app grants (OpenShift); the deployer must hold them to create it. */
  readonly openshiftScc?: string;
  readonly size: NamespaceSize;
}

interface SizeRow {
  readonly requests: readonly [cpu: number, memoryGi: number];
  readonly limits: readonly [cpu: number, memoryGi: number];
  readonly storageGi: number;
  readonly pods: number;
  readonly claims: number;
  readonly largest?: readonly [cpu: number, memoryGi: number];
  readonly loadBalancers?: number;
  readonly nodePorts?: number;
}

const size = (row: SizeRow): NamespaceSize => ({
  requests: { cpu: `${row.requests[0]}`, memory: `${row.requests[1]}Gi` },
  limits: { cpu: `${row.limits[0]}`, memory: `${row.limits[1]}Gi` },
  storage: `${row.storageGi}Gi`,
  pods: row.pods,
  persistentVolumeClaims: row.claims,
  loadBalancers: row.loadBalancers ?? 0,
  nodePorts: row.nodePorts ?? 0,
  devices: {},
  largestContainer: { cpu: `${row.largest?.[0] ?? 2}`, memory: `${row.largest?.[1] ?? 4}Gi` },
});

export const apps = {
  bureaublad: {
    title: "Bureaublad (start page)",
    holdsData: false,
    dataClassification: "internal",
    backupTier: "none",
    size: size({ requests: [4, 4], limits: [6, 6], storageGi: 5, pods: 14, claims: 2 }),
  },
  clamav: {
    title: "ClamAV (virus scanner)",
    holdsData: false,
    dataClassification: "internal",
    backupTier: "none",
    size: size({ requests: [5, 14], limits: [9, 18], storageGi: 10, pods: 6, claims: 2 }),
  },
  collabora: {
    title: "Collabora Online (office)",
    holdsData: false,
    dataClassification: "confidential",
    backupTier: "none",
    openshiftScc: "nonroot-v2",
    size: size({ requests: [3, 3], limits: [5, 5], storageGi: 1, pods: 5, claims: 1 }),
  },
  conversations: {
    title: "Conversations (assistant)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "standard",
    size: size({ requests: [7, 8], limits: [11, 12], storageGi: 20, pods: 22, claims: 6 }),
  },
  docs: {
    title: "Docs (notes)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    size: size({ requests: [10, 11], limits: [15, 16], storageGi: 60, pods: 34, claims: 8 }),
  },
  drive: {
    title: "Drive (files)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    size: size({ requests: [11, 12], limits: [17, 18], storageGi: 120, pods: 40, claims: 8 }),
  },
  element: {
    title: "Element and Synapse (chat)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    size: size({ requests: [6, 9], limits: [9, 14], storageGi: 60, pods: 16, claims: 6 }),
  },
  grist: {
    title: "Grist (spreadsheets)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    size: size({ requests: [9, 9], limits: [14, 14], storageGi: 60, pods: 20, claims: 6 }),
  },
  keycloak: {
    title: "Keycloak (identity)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    size: size({ requests: [5, 6], limits: [8, 9], storageGi: 20, pods: 12, claims: 4 }),
  },
  livekit: {
    title: "LiveKit (audio and video)",
    holdsData: false,
    dataClassification: "confidential",
    backupTier: "none",
    size: size({
      requests: [4, 6],
      limits: [6, 9],
      storageGi: 5,
      pods: 14,
      claims: 2,
      loadBalancers: 2,
      nodePorts: 24,
    }),
  },
  meet: {
    title: "Meet (video meetings)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "standard",
    size: size({ requests: [7, 9], limits: [11, 14], storageGi: 20, pods: 24, claims: 4 }),
  },
  nextcloud: {
    title: "Nextcloud (files and calendar)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    size: size({ requests: [9, 12], limits: [14, 18], storageGi: 500, pods: 26, claims: 8 }),
  },
  ollama: {
    title: "Ollama (language models)",
    holdsData: false,
    dataClassification: "internal",
    backupTier: "none",
    size: size({ requests: [9, 34], limits: [17, 50], storageGi: 60, pods: 6, claims: 3, largest: [8, 24] }),
  },
  openproject: {
    title: "OpenProject (projects)",
    holdsData: true,
    dataClassification: "confidential",
    backupTier: "critical",
    openshiftScc: "nonroot-v2",
    size: size({ requests: [10, 11], limits: [16, 18], storageGi: 120, pods: 24, claims: 26 }),
  },
} as const satisfies Record<string, AppFacts>;

export type AppKey = keyof typeof apps;
export const appKeys: readonly AppKey[] = Object.keys(apps).filter((key): key is AppKey => key in apps);
