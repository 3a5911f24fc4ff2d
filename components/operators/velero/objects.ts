import { label } from "../../../lib/labels";
import { CNPG_LABEL } from "../../../suite/stores";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Facts } from "../frame/facts";
import { notBackedUp } from "./excluded";
import { NAMESPACE } from "./locations";
import { schedules, type BackupSchedule } from "./tiers";

export { NAMESPACE, STORE_SECRET, storageLocation } from "./locations";

/**
 * Schedules of the suite: one per rhythm, with the namespaces whose tier has it. No hook enters a pod: a snapshot is what a
 * loss of power leaves, from which PostgreSQL (its write-ahead log) and Redis (its append-only file) start by themselves,
 * and one failing hook would make every backup partially failed. `later`: hours after those of the first location
 * (vmware-tanzu/velero#8344). What another region may read has this one's name in `suffix`: Velero lists no backup of which
 * it has the name already.
 */
export function suiteSchedules(
  apps: Facts["apps"],
  storageLocation: string,
  { suffix = "", later = 0, asFiles = false }: { suffix?: string; later?: number; asFiles?: boolean } = {},
): Manifest[] {
  const rhythms = new Map<string, { schedule: BackupSchedule; namespaces: string[] }>();
  for (const app of apps) {
    for (const schedule of schedules[app.backupTier]) {
      const entry = rhythms.get(schedule.name) ?? { schedule, namespaces: [] };
      rhythms.set(schedule.name, { schedule, namespaces: [...entry.namespaces, app.namespace].sort() });
    }
  }
  return [...rhythms.values()].map(({ schedule, namespaces }) => ({
    apiVersion: "velero.io/v1",
    kind: "Schedule",
    metadata: { name: `suite-${schedule.name}${suffix}`, namespace: NAMESPACE, labels: managedLabels },
    spec: {
      schedule: schedule.cron(later),
      skipImmediately: true,
      // True would delete every backup together with the Schedule.
      useOwnerReferencesInBackup: false,
      template: backupTemplate({ namespaces, storageLocation, ttl: schedule.ttl, asFiles }),
    },
  }));
}

/** What each backup of the suite takes along, the one before a restore as well. */
export function backupTemplate(wanted: {
  readonly namespaces: readonly string[];
  readonly storageLocation: string;
  readonly ttl: string;
  /** Whether volumes without snapshots are read as files. */
  readonly asFiles: boolean;
}) {
  return {
    ttl: wanted.ttl,
    storageLocation: wanted.storageLocation,
    snapshotMoveData: true,
    includedNamespaces: wanted.namespaces,
    excludedResources: notBackedUp,
    // The stack makes its own objects again, and its Roles grant more than Velero may.
    labelSelector: {
      matchExpressions: [
        { key: label.managed, operator: "NotIn", values: ["true"] },
        { key: CNPG_LABEL, operator: "DoesNotExist" },
      ],
    },
    csiSnapshotTimeout: "10m0s",
    itemOperationTimeout: "4h0m0s",
    ...(wanted.asFiles ? { resourcePolicy: { kind: "configmap", name: AS_FILES } } : {}),
  };
}

/** Name of the policy by which volumes without snapshots are read as files. */
const AS_FILES = "velero-volumes-as-files";

/**
 * What has no snapshots in Kubernetes: volumes that no CSI driver made. By this policy and not by an annotation of the pod:
 * what is backed up is the app's tier's, and admission refuses Velero's keys to the suite.
 */
export const volumesAsFiles = (): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: AS_FILES, namespace: NAMESPACE, labels: managedLabels },
  data: {
    "policy.yaml": JSON.stringify({
      version: "v1",
      volumePolicies: [{ conditions: { volumeTypes: ["local", "nfs", "iscsi", "fc"] }, action: { type: "fs-backup" } }],
    }),
  },
});

export function volumeSnapshotClass(settings: {
  name: string;
  driver: string;
  parameters: Readonly<Record<string, string>>;
}): Manifest {
  return {
    apiVersion: "snapshot.storage.k8s.io/v1",
    kind: "VolumeSnapshotClass",
    metadata: { name: settings.name, labels: { ...managedLabels, "velero.io/csi-volumesnapshot-class": "true" } },
    driver: settings.driver,
    // The data is moved to the object store; a snapshot left behind only costs money.
    deletionPolicy: "Delete",
    parameters: settings.parameters,
  };
}
