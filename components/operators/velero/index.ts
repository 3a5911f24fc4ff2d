import { z } from "zod";
import { priorityClass } from "../../priority-classes";
import { defineOperator, type OperatorNamespace } from "../frame/define";
import { exempt, exemptAtRunTime, exemptRights } from "../../exemptions";
import { clusterName, type Facts, image } from "../frame/facts";
import { bucket, group, kubeApi, outside, peer, scrape } from "../frame/flows";
import { CONTROL_PLANE_LABEL, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import type { SecretSource } from "../frame/secrets";
import {
  CUSTOMER_KEY_PATH,
  drillExemptions,
  DRILL_NAMESPACE,
  NAMESPACE,
  restoreDrill,
  storageLocation,
  STORE_SECRET,
  suiteSchedules,
  volumeSnapshotClass,
} from "./objects";
import { accounts, CLUSTER_ROLE, clusterRole, delegations, namespaceRole } from "./rbac";
import { admitted } from "./admitted";
import { drill, location, snapshotClass, type Location } from "./settings";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";

const server = group("server", { "app.kubernetes.io/name": "velero", name: "velero" });
const nodeAgent = group("node-agent", { "app.kubernetes.io/name": "velero", name: "node-agent" });
const labelled = (name: string, key: string) => ({
  name,
  labels: {},
  expressions: [{ key, operator: "Exists" as const }],
});
/** Started by the node agent and by the server; they carry labels of Velero only. */
const movers = [
  group("data-mover", { "velero.io/exposer-pod-group": "snapshot-exposer" }),
  group("data-restore", { "velero.io/exposer-pod-group": "generic-restore-exposer" }),
  labelled("repository-maintenance", "velero.io/repo-name"),
];
/** Those of the file-system backup (velero v1.18.1, pkg/apis/velero/v1/labels_annotations.go, PVBLabel and PVRLabel). */
const fileSystemMovers = [
  labelled("pod-volume-backup", "velero.io/pod-volume-backup"),
  labelled("pod-volume-restore", "velero.io/pod-volume-restore"),
];

const METRICS_PORT = 8085;
const USER = 65_532;
const HOME = "/home/velero";

/** `volumes` is whatever the file-system backup of pods that ask for it needs from the node. */
function namespaces(facts: Facts, fileSystemBackup: boolean, hasDrill: boolean): OperatorNamespace[] {
  return [
    fileSystemBackup
      ? {
          name: NAMESPACE,
          holdsData: true,
          podSecurity: {
            level: "privileged",
            reason: "File-system backup reads /var/lib/kubelet/pods of the node.",
            admits: admitted(facts, hasDrill),
          },
        }
      : {
          name: NAMESPACE,
          holdsData: true,
          podSecurity: {
            level: "baseline",
            reason: "Data mover pods are started as root (velero pkg/exposer/csi_snapshot.go).",
          },
        },
    ...(hasDrill
      ? [
          {
            name: DRILL_NAMESPACE,
            podSecurity: {
              level: "baseline" as const,
              reason: "Restored pods carry the contexts they were backed up with.",
            },
          },
        ]
      : []),
  ];
}

function drillProblems({ apps }: Facts, key: string): string[] {
  const app = apps.find((each) => each.key === key);
  const drilled = apps.filter(({ backupTier }) => backupTier !== "none").map((each) => each.key);
  const todo = `name one that has: ${drilled.join(", ")}`;
  if (app === undefined) return [`operators.velero.drill.app: ${key} is off in this stack and has no backups; ${todo}`];
  return app.backupTier === "none" ? [`operators.velero.drill.app: ${key} has the backup tier none; ${todo}`] : [];
}

/** A copy in the region of the first goes with it. */
function locationProblems({ storage, secondary }: Located): string[] {
  if (secondary === undefined || secondary.location.region !== storage.region) return [];
  return [
    `operators.velero.secondary.location.region: ${storage.region} is the primary's region, and the copy goes with it; name another`,
  ];
}

interface Located {
  readonly storage: Location;
  readonly secondary?: { readonly location: Location } | undefined;
}

function locations({ storage, secondary }: Located): Location[] {
  return [storage, ...(secondary === undefined ? [] : [secondary.location])];
}

const usesCustomerKey = (all: readonly Location[]): boolean =>
  all.some(({ encryption }) => encryption.mode === "sse-c");

export default defineOperator({
  name: "velero",
  title: "Velero: backups of namespaces and volumes to an object store outside the cluster, and their restore.",
  duties: [
    "The buckets: outside the cluster, better in another account; versioning on; object lock shorter than the shortest retention (7 days), or Velero cannot delete what has expired.",
    "The repository password: stored outside the cluster before the first backup (`pulumi stack output --show-secrets escrow`). A restore elsewhere is impossible without it, and it cannot be changed. Its Secret outlives the stack, and the next `pulumi up` keeps what it holds; where the namespace is gone as well, put it back first: kubectl create secret generic velero-repo-credentials -n velero --from-literal=repository-password=<the password>, with the label mijnbureau-platform/managed=true on it and on the namespace.",
    "The tarballs of objects are encrypted by the object store only (SSE); Velero encrypts volume data itself, but not them. Secrets are in them: who can read the bucket can read the Secrets.",
    "The CSI driver of the volumes supports snapshots, and has a VolumeSnapshotClass (`snapshotClass`).",
  ],
  enabledByDefault: true,
  namespaces: ({ facts, settings }) => namespaces(facts, settings.fileSystemBackup, settings.drill !== undefined),
  settings: {
    storage: location.describe(
      "Primary bucket. Outside the cluster, versioned, with object lock; better in another account.",
    ),
    secondary: z
      .strictObject({
        location,
        mode: z
          .enum(["schedule", "replica"])
          .default("schedule")
          .describe(
            "`schedule`: a second set of backups; `replica`: the provider copies the bucket, Velero only reads it.",
          ),
      })
      .optional()
      .describe("The copy in another region."),
    snapshotClass: snapshotClass
      .optional()
      .describe("VolumeSnapshotClass of the CSI driver; absent: the cluster has one with Velero's label."),
    fileSystemBackup: z
      .boolean()
      .default(false)
      .describe(
        "Lets pods ask for file-system backup by annotation, for volumes without snapshots. Makes the namespace privileged.",
      ),
    drill: drill.optional().describe("Restores an app on a schedule, to know that backups can be restored."),
  },
  problems: ({ facts, settings }) => [
    ...locationProblems(settings),
    ...(settings.drill === undefined ? [] : drillProblems(facts, settings.drill.app)),
  ],
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["external-secrets", "prometheus", "snapshot-controller"],
  requires: ["volume-snapshots"],
  chart: { ...chart, release: "velero" },
  before: () => [
    clusterRole(),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: clusterRole().metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: CLUSTER_ROLE },
      subjects: [{ kind: "ServiceAccount", name: "velero-server", namespace: NAMESPACE }],
    },
    ...namespaceRole(),
  ],
  values: ({ facts, settings }) => {
    const customerKey = usesCustomerKey(locations(settings));
    const keyVolumes = customerKey
      ? [
          {
            name: "customer-key",
            secret: { secretName: STORE_SECRET, items: [{ key: "customer-key", path: "customer-key" }] },
          },
        ]
      : [];
    const keyMounts = customerKey
      ? [{ name: "customer-key", mountPath: CUSTOMER_KEY_PATH.replace("/customer-key", ""), readOnly: true }]
      : [];
    // Kopia writes below HOME; the root file system is read-only.
    const home = { name: "home", mountPath: HOME };
    const monitors = facts.capabilities.has("monitors");
    return {
      image: {
        repository: image(facts, "docker.io/velero/velero"),
        pullPolicy: "IfNotPresent",
        imagePullSecrets: facts.images.pullSecret === undefined ? [] : [facts.images.pullSecret],
      },
      resources: resources(["250m", "256Mi"], ["1", "1Gi"]),
      initContainers: [
        {
          name: "velero-plugin-for-aws",
          // 1.14 pairs with Velero 1.18 (plugin README, compatibility matrix).
          image: image(facts, "docker.io/velero/velero-plugin-for-aws:v1.14.0"),
          imagePullPolicy: "IfNotPresent",
          securityContext: { ...restricted, runAsUser: USER },
          resources: resources(["10m", "32Mi"], ["200m", "128Mi"]),
          volumeMounts: [{ mountPath: "/target", name: "plugins" }],
        },
      ],
      podSecurityContext: podContext(USER),
      containerSecurityContext: { ...restricted, runAsUser: USER },
      priorityClassName: priorityClass.critical,
      // A running backup is finished before the pod goes.
      terminationGracePeriodSeconds: 3600,
      affinity: workerNodes,
      nodeSelector: linux,
      extraVolumes: [{ name: "home", emptyDir: { sizeLimit: "2Gi" } }, ...keyVolumes],
      extraVolumeMounts: [home, ...keyMounts],
      configuration: {
        features: "EnableCSI",
        defaultSnapshotMoveData: true,
        defaultVolumesToFsBackup: false,
        uploaderType: "kopia",
        logFormat: "json",
        defaultBackupTTL: "720h",
        storeValidationFrequency: "5m",
        garbageCollectionFrequency: "1h",
        defaultItemOperationTimeout: "4h",
        // The cache watches every kind that is restored in all namespaces; without, objects are read by name
        // (velero v1.18.1, pkg/restore/restore.go, getResource).
        disableInformerCache: true,
        // Made below as objects: the chart knows no reference to a CA.
        backupStorageLocation: [],
        volumeSnapshotLocation: [],
        repositoryMaintenanceJob: {
          repositoryConfigData: {
            name: "velero-repo-maintenance",
            global: {
              keepLatestMaintenanceJobs: 1,
              podResources: { cpuRequest: "100m", cpuLimit: "1", memoryRequest: "256Mi", memoryLimit: "1Gi" },
              loadAffinity: [{ nodeSelector: notControlPlane }],
              priorityClassName: priorityClass.batch,
            },
          },
        },
        extraEnvVars: [{ name: "HOME", value: HOME }],
      },
      credentials: { useSecret: true, existingSecret: STORE_SECRET },
      rbac: { create: false, clusterAdministrator: false },
      deployNodeAgent: true,
      nodeAgent: {
        disableHostPath: !settings.fileSystemBackup,
        priorityClassName: priorityClass.node,
        podSecurityContext: settings.fileSystemBackup
          ? { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } }
          : podContext(USER),
        containerSecurityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          privileged: false,
          capabilities: settings.fileSystemBackup ? { drop: ["ALL"], add: ["DAC_READ_SEARCH"] } : { drop: ["ALL"] },
        },
        // Unlike the server's, the agent's template brings no /tmp.
        extraVolumes: [{ name: "tmp", emptyDir: {} }, { name: "home", emptyDir: { sizeLimit: "5Gi" } }, ...keyVolumes],
        extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }, home, ...keyMounts],
        resources: resources(["50m", "128Mi"], ["1", "1Gi"]),
        affinity: workerNodes,
        nodeSelector: linux,
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
        extraArgs: ["--node-agent-configmap=velero-node-agent-config"],
      },
      configMaps: { "node-agent-config": { data: { "node-agent-config.json": JSON.stringify(nodeAgentConfig) } } },
      schedules: {},
      // Hook Jobs with rights over every CRD; the platform installs and keeps the CRDs.
      upgradeCRDs: false,
      cleanUpCRDs: false,
      metrics: {
        enabled: true,
        serviceMonitor: { enabled: monitors, autodetect: false, namespace: NAMESPACE },
        nodeAgentPodMonitor: { enabled: monitors, autodetect: false, namespace: NAMESPACE },
      },
    };
  },
  secrets: ({ settings }): SecretSource[] => {
    const all = locations(settings);
    const extra = [
      ...(usesCustomerKey(all) ? ["customer-key"] : []),
      ...new Set(all.flatMap(({ caKey }) => (caKey === undefined ? [] : [caKey]))),
    ];
    const entry = "platform/velero";
    return [
      {
        from: "store",
        namespace: NAMESPACE,
        name: STORE_SECRET,
        values: {
          access: { key: entry, property: "access_key" },
          secret: { key: entry, property: "secret_key" },
          ...Object.fromEntries(extra.map((key, index) => [`extra${index}`, { key: entry, property: key }])),
        },
        template: {
          cloud: "[default]\naws_access_key_id={{ .access }}\naws_secret_access_key={{ .secret }}\n",
          ...Object.fromEntries(extra.map((key, index) => [key, `{{ .extra${index} }}`])),
        },
        why: "Credentials of the backup buckets.",
      },
      {
        from: "random",
        namespace: NAMESPACE,
        name: "velero-repo-credentials",
        lengths: { "repository-password": 64 },
        escrow:
          "Every volume backup is encrypted with it. Store it outside the cluster before the first backup: " +
          "pulumi stack output --show-secrets escrow. It cannot be changed later (velero#5443).",
        why: "Without it Velero encrypts with a password that is printed in its source code.",
      },
    ];
  },
  objects: ({ facts, settings }) => {
    const cluster = clusterName(facts);
    const { secondary, drill: drillSettings } = settings;
    const source = facts.apps.find((app) => app.key === drillSettings?.app);
    return [
      storageLocation({ name: "default", location: settings.storage, primary: true, readOnly: false, cluster }),
      ...suiteSchedules(facts.apps, "default"),
      ...(secondary === undefined
        ? []
        : [
            storageLocation({
              name: "secondary",
              location: secondary.location,
              primary: false,
              readOnly: secondary.mode === "replica",
              cluster,
            }),
            ...(secondary.mode === "schedule" ? suiteSchedules(facts.apps, "secondary", "-secondary") : []),
          ]),
      ...(settings.snapshotClass === undefined ? [] : [volumeSnapshotClass(settings.snapshotClass)]),
      ...(drillSettings === undefined || source === undefined
        ? []
        : restoreDrill({ facts, source: source.namespace, rhythm: "daily", cron: drillSettings.schedule })),
    ];
  },
  flows: ({ settings }) => {
    const pods = [server, nodeAgent, ...movers, ...(settings.fileSystemBackup ? fileSystemMovers : [])];
    const all = locations(settings);
    return [
      ...pods.map((each) => kubeApi(NAMESPACE, each, "Reads and restores objects, tracks data movement")),
      ...pods.flatMap((each) =>
        all.map((place, index) =>
          outside(peer(NAMESPACE, each), bucket(index === 0 ? "backup-store" : "backup-store-2", place), "Backups"),
        ),
      ),
      scrape(NAMESPACE, server, METRICS_PORT),
      scrape(NAMESPACE, nodeAgent, METRICS_PORT),
      ...(settings.drill === undefined
        ? []
        : [
            kubeApi(
              NAMESPACE,
              group("restore-drill", { "app.kubernetes.io/name": "restore-drill" }),
              "Starts the drill's Restore",
            ),
          ]),
    ];
  },
  accounts: ({ facts, settings }) =>
    accounts(facts, facts.apps.find(({ key }) => key === settings.drill?.app)?.namespace),
  delegations: ({ settings }) => delegations(settings.drill !== undefined),
  exemptions: ({ settings }) => [
    ...exemptRights(
      ["grant-data-delete", "grant-persistent-volume-write"],
      { kind: "ClusterRole", name: CLUSTER_ROLE },
      "The data mover makes, re-binds and removes volumes; admission holds it to those of the suite and its own.",
    ),
    ...exemptRights(
      ["grant-backup-write", "grant-data-delete", "grant-secret-read", "grant-workload-create", "wildcard"],
      { kind: "Role", namespace: NAMESPACE, name: CLUSTER_ROLE },
      "Its logins, repository passwords and data mover's pods, in its own namespace alone.",
    ),
    ...(settings.fileSystemBackup ? nodeAgentExemptions : []),
    ...exemptAtRunTime(
      [
        "availability/grace-period",
        "workload/net-raw-dropped",
        "workload/non-root-group",
        "workload/read-only-root-filesystem",
        ...(settings.fileSystemBackup ? ["workload/sensitive-host-path"] : []),
      ],
      { kind: "Pod", namespace: NAMESPACE, name: "*" },
      "Movers of volumes' data, named after each backup; Velero's code sets their contexts.",
    ),
    ...(settings.drill === undefined ? [] : drillExemptions),
  ],
  monitors: () => [
    { kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "velero", port: METRICS_PORT },
    { kind: "PodMonitor", namespace: NAMESPACE, scrapes: "node-agent", port: METRICS_PORT },
  ],
});

const nodeAgentExemptions = exempt(
  [
    "workload/breakout-capabilities",
    "workload/non-root-group",
    "workload/sensitive-host-path",
    "workload/writable-host-path",
  ],
  { kind: "DaemonSet", namespace: NAMESPACE, name: "node-agent" },
  "Reads and restores volumes of pods that run as any user, from the kubelet's directory.",
);

const notControlPlane = { matchExpressions: [{ key: CONTROL_PLANE_LABEL, operator: "DoesNotExist" }] };

const nodeAgentConfig = {
  loadConcurrency: { globalConfig: 2 },
  podResources: { cpuRequest: "200m", cpuLimit: "2", memoryRequest: "256Mi", memoryLimit: "2Gi" },
  loadAffinity: [{ nodeSelector: notControlPlane }],
  priorityClassName: priorityClass.standard,
};
