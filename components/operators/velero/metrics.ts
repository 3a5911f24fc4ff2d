import { lockMetrics } from "../../monitoring/lock-metrics";
import type { ResourceMetrics } from "../../monitoring/resource-metrics";
import { DRILL_LABEL } from "./drill-names";
import { endedRestore, unfinishedRestore } from "./restore-phases";

/** What `mijnbureau backup drills` writes on a drill's Restore. */
export const drillAnnotation = {
  compared: "mijnbureau-platform/drill-compared",
  missing: "mijnbureau-platform/drill-missing",
} as const;

export const LOCATION_METRICS = "mijnbureau_backup_location";
const name = ["metadata", "name"];
const status = (...path: string[]): string[] => ["status", ...path];

const restorePhases = [...unfinishedRestore, ...endedRestore];

/** Velero's own metrics count; what one restore found, and how long it took, stands in its objects. */
export const veleroMetrics: readonly ResourceMetrics[] = [
  {
    group: "velero.io",
    version: "v1",
    kind: "Backup",
    plural: "backups",
    prefix: "mijnbureau_backup",
    labels: { backup: name, schedule: ["metadata", "labels", "velero.io/schedule-name"] },
    metrics: [
      { name: "started", help: "When the backup began: what is newer is not in it.", path: status("startTimestamp") },
    ],
  },
  {
    group: "velero.io",
    version: "v1",
    kind: "Restore",
    plural: "restores",
    prefix: "mijnbureau_restore",
    labels: { restore: name, backup: ["spec", "backupName"], drill: ["metadata", "labels", DRILL_LABEL] },
    metrics: [
      { name: "created", help: "When the restore was asked for.", path: ["metadata", "creationTimestamp"] },
      { name: "completed", help: "When the restore ended.", path: status("completionTimestamp") },
      { name: "phase", help: "How the restore stands.", path: status("phase"), states: restorePhases },
      {
        name: "items_missing",
        help: "Objects and volumes that the backup recorded and the drill did not bring whole, as compared from outside the cluster.",
        path: ["metadata", "annotations", drillAnnotation.missing],
      },
      {
        name: "compared",
        help: "When the drill was last compared with what the backup recorded, from outside the cluster.",
        path: ["metadata", "annotations", drillAnnotation.compared],
      },
    ],
  },
  {
    group: "velero.io",
    version: "v2alpha1",
    kind: "DataDownload",
    plural: "datadownloads",
    prefix: "mijnbureau_volume_restore",
    labels: {
      restore: ["metadata", "labels", "velero.io/restore-name"],
      claim: ["spec", "targetVolume", "pvc"],
      target: ["spec", "targetVolume", "namespace"],
    },
    metrics: [
      { name: "bytes", help: "Bytes of the volume that the backup recorded.", path: ["spec", "snapshotSize"] },
      { name: "bytes_done", help: "Bytes of the volume that were restored.", path: status("progress", "bytesDone") },
    ],
  },
  {
    group: "velero.io",
    version: "v1",
    kind: "BackupStorageLocation",
    plural: "backupstoragelocations",
    prefix: LOCATION_METRICS,
    labels: { location: name },
    metrics: lockMetrics,
  },
];
