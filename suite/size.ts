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
  /** Objects of kind Backup of its database; absent: as few as of a kind that apps hardly have. */
  readonly databaseBackups?: number;
  /** Largest single container, so that a LimitRange never refuses what the suite ships. */
  readonly largestContainer: { readonly cpu: string; readonly memory: string };
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

/** A size in whole CPUs and GiB. */
export const size = (row: SizeRow): NamespaceSize => ({
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
