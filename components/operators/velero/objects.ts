import { label } from "../../../lib/labels";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { exempt, exemptRights } from "../../exemptions";
import { image, pullSecrets, type Facts } from "../frame/facts";
import { linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { notBackedUp, notDrilled } from "./excluded";
import { consistencyHooks } from "./hooks";
import type { Location } from "./settings";
import { schedules, type BackupSchedule } from "./tiers";

export const NAMESPACE = "velero";
export const DRILL_NAMESPACE = "velero-drill";
export const STORE_SECRET = "velero-object-store";
/** Where the customer's key is mounted for SSE-C. */
export const CUSTOMER_KEY_PATH = "/credentials-sse/customer-key";

export interface LocationArgs {
  readonly name: string;
  readonly location: Location;
  readonly primary: boolean;
  readonly readOnly: boolean;
  readonly cluster: string;
}

export function storageLocation({ name, location, primary, readOnly, cluster }: LocationArgs): Manifest {
  return {
    apiVersion: "velero.io/v1",
    kind: "BackupStorageLocation",
    metadata: { name, namespace: NAMESPACE, labels: managedLabels },
    spec: {
      provider: "aws",
      default: primary,
      accessMode: readOnly ? "ReadOnly" : "ReadWrite",
      backupSyncPeriod: "5m0s",
      validationFrequency: "5m0s",
      credential: { name: STORE_SECRET, key: "cloud" },
      objectStorage: {
        bucket: location.bucket,
        prefix: location.prefix === "" ? cluster : location.prefix,
        ...(location.caKey === undefined ? {} : { caCertRef: { name: STORE_SECRET, key: location.caKey } }),
      },
      config: {
        region: location.region,
        s3ForcePathStyle: String(location.pathStyle),
        s3Url: location.url,
        checksumAlgorithm: location.checksumAlgorithm,
        ...encryptionConfig(location),
      },
    },
  };
}

function encryptionConfig({ encryption }: Location): Record<string, string> {
  switch (encryption.mode) {
    case "sse-s3":
      return { serverSideEncryption: "AES256" };
    case "sse-kms":
      return { serverSideEncryption: "aws:kms", kmsKeyId: encryption.keyId };
    case "sse-c":
      return { customerKeyEncryptionFile: CUSTOMER_KEY_PATH };
  }
}

/** Schedules of the suite: one per rhythm, with the namespaces whose tier has it. */
export function suiteSchedules(apps: Facts["apps"], storageLocation: string, suffix = ""): Manifest[] {
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
      schedule: schedule.cron,
      skipImmediately: true,
      // True would delete every backup together with the Schedule.
      useOwnerReferencesInBackup: false,
      template: {
        ttl: schedule.ttl,
        storageLocation,
        snapshotMoveData: true,
        includedNamespaces: namespaces,
        excludedResources: notBackedUp,
        // The stack makes its own objects again, and its Roles grant more than Velero may.
        labelSelector: { matchExpressions: [{ key: label.managed, operator: "NotIn", values: ["true"] }] },
        csiSnapshotTimeout: "10m0s",
        itemOperationTimeout: "4h0m0s",
        hooks: {
          resources: consistencyHooks.map(({ name, labelSelector, pre }) => ({
            name,
            includedNamespaces: namespaces,
            labelSelector,
            pre,
          })),
        },
      },
    },
  }));
}

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

export interface DrillArgs {
  readonly facts: Facts;
  readonly source: string;
  readonly rhythm: string;
  readonly cron: string;
}

const DRILL = "restore-drill";
const drillKinds =
  "deployments,statefulsets,daemonsets,cronjobs,jobs,pods,persistentvolumeclaims,services,secrets,configmaps";

/**
 * Restores the latest backup of one app into a namespace of its own, which has no flow to anything. Velero's metrics
 * tell whether it succeeded; what it left is removed at the start of the next drill, so it can be looked at.
 */
export function restoreDrill({ facts, source, rhythm, cron }: DrillArgs): Manifest[] {
  const metadata = { name: DRILL, namespace: NAMESPACE, labels: managedLabels };
  const container = {
    imagePullPolicy: "IfNotPresent",
    securityContext: restricted,
    resources: resources(["20m", "64Mi"], ["200m", "256Mi"]),
  };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    ...drillAccess(metadata),
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata,
      spec: {
        schedule: cron,
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: 14_400,
            template: {
              metadata: { labels: { "app.kubernetes.io/name": DRILL } },
              spec: {
                serviceAccountName: DRILL,
                automountServiceAccountToken: true,
                enableServiceLinks: false,
                restartPolicy: "Never",
                priorityClassName: priorityClass.batch,
                nodeSelector: linux,
                affinity: workerNodes,
                imagePullSecrets: pullSecrets(facts),
                securityContext: podContext(65_532),
                initContainers: [
                  {
                    name: "clean",
                    image: image(facts, "registry.k8s.io/kubectl:v1.36.0"),
                    args: [
                      "delete",
                      drillKinds,
                      "--all",
                      `--namespace=${DRILL_NAMESPACE}`,
                      "--ignore-not-found",
                      "--wait",
                    ],
                    ...container,
                  },
                ],
                containers: [
                  {
                    name: "restore",
                    image: image(facts, "docker.io/velero/velero:v1.18.1"),
                    command: ["/velero", "restore", "create"],
                    args: [
                      `--from-schedule=suite-${rhythm}`,
                      `--include-namespaces=${source}`,
                      `--namespace-mappings=${source}:${DRILL_NAMESPACE}`,
                      "--include-cluster-resources=false",
                      `--exclude-resources=${notDrilled.join(",")}`,
                      "--labels=mijnbureau-platform/drill=true",
                      "--wait",
                    ],
                    ...container,
                  },
                ],
              },
            },
          },
        },
      },
    },
  ];
}

function drillAccess(metadata: {
  name: string;
  namespace: string;
  labels: Readonly<Record<string, string>>;
}): Manifest[] {
  const bind = (namespace: string): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { ...metadata, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: DRILL },
    subjects: [{ kind: "ServiceAccount", name: DRILL, namespace: NAMESPACE }],
  });
  const role = (namespace: string, rules: Record<string, unknown>[]): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { ...metadata, namespace },
    rules,
  });
  const clean = ["get", "list", "watch", "delete", "deletecollection"];
  return [
    role(NAMESPACE, [
      { apiGroups: ["velero.io"], resources: ["restores"], verbs: ["create", "get", "list", "watch"] },
      { apiGroups: ["velero.io"], resources: ["backups", "schedules"], verbs: ["get", "list"] },
    ]),
    bind(NAMESPACE),
    role(DRILL_NAMESPACE, [
      {
        apiGroups: [""],
        resources: ["configmaps", "persistentvolumeclaims", "pods", "secrets", "services"],
        verbs: clean,
      },
      { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "statefulsets"], verbs: clean },
      { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: clean },
    ]),
    bind(DRILL_NAMESPACE),
  ];
}

/** What the drill cannot avoid. */
export const drillExemptions = [
  ...exempt(
    ["identity/cross-namespace-binding"],
    { kind: "RoleBinding", namespace: DRILL_NAMESPACE, name: DRILL },
    "The drill's job runs beside Velero and looks at what was restored.",
  ),
  ...exemptRights(
    ["grant-backup-write"],
    { kind: "Role", namespace: NAMESPACE, name: DRILL },
    "Starts a Restore into the drill's own namespace.",
  ),
  ...exemptRights(
    ["grant-data-delete", "grant-secret-read"],
    { kind: "Role", namespace: DRILL_NAMESPACE, name: DRILL },
    "Removes what was restored, Secrets among it, in the drill's own namespace alone.",
  ),
];
