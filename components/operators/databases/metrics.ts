import { lockMetrics } from "../../monitoring/lock-metrics";
import type { ResourceMetrics } from "../../monitoring/resource-metrics";

export const ARCHIVE_METRICS = "mijnbureau_database_archive";
/** Of the app; `namespace` is that of kube-state-metrics. */
export const archiveLabels = { app_namespace: ["metadata", "namespace"], archive: ["metadata", "name"] } as const;

/** All archives are in one bucket, whose figures each of them bears. */
export const archiveMetrics: readonly ResourceMetrics[] = [
  {
    group: "barmancloud.cnpg.io",
    version: "v1",
    kind: "ObjectStore",
    plural: "objectstores",
    prefix: ARCHIVE_METRICS,
    labels: archiveLabels,
    metrics: lockMetrics,
  },
];
