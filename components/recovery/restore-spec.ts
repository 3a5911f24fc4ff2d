/** What one restore of an app asks of Velero; by hand, by command and by drill alike. */
export interface RestoreRequest {
  /** A backup by its name, or the newest good one of a schedule. */
  readonly from: { readonly backup: string } | { readonly schedule: string };
  readonly namespace: string;
  /** Absent: where it was. */
  readonly to?: string;
  /** Kinds that stay out. */
  readonly without?: readonly string[];
  /** Objects that are there and differ get what the backup has; otherwise they stay as they are. */
  readonly overwrite?: boolean;
  /**
   * Volumes were read as files: Velero frees a claim from its lost volume only where it may look that one up (velero v1.18.3,
   * pkg/restore/restore.go, pvsToProvision). Of the cluster it then takes the volumes of the namespace's claims and nothing else.
   */
  readonly asFiles?: boolean;
}

/** `spec` of Velero's Restore. */
export function restoreSpec({ from, namespace, to, without = [], overwrite = false, asFiles = false }: RestoreRequest) {
  return {
    ...("backup" in from ? { backupName: from.backup } : { scheduleName: from.schedule }),
    includedNamespaces: [namespace],
    ...(to === undefined || to === namespace ? {} : { namespaceMapping: { [namespace]: to } }),
    ...(without.length === 0 ? {} : { excludedResources: [...without] }),
    ...(asFiles ? {} : { includeClusterResources: false }),
    ...(overwrite ? { existingResourcePolicy: "update" } : {}),
    itemOperationTimeout: "4h0m0s",
  };
}

/** The same as arguments of `velero restore create`, for a pod that has no shell. */
export function restoreArguments(request: RestoreRequest): string[] {
  const { from, namespace, to, without = [], overwrite = false, asFiles = false } = request;
  return [
    "backup" in from ? `--from-backup=${from.backup}` : `--from-schedule=${from.schedule}`,
    `--include-namespaces=${namespace}`,
    ...(to === undefined || to === namespace ? [] : [`--namespace-mappings=${namespace}:${to}`]),
    ...(without.length === 0 ? [] : [`--exclude-resources=${without.join(",")}`]),
    ...(asFiles ? [] : ["--include-cluster-resources=false"]),
    ...(overwrite ? ["--existing-resource-policy=update"] : []),
    "--item-operation-timeout=4h0m0s",
  ];
}
