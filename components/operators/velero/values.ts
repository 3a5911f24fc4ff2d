import { priorityClass } from "../../priority-classes";
import { image, type Facts } from "../frame/facts";
import { googleConfiguration, googleToken, type GoogleIdentity } from "../frame/google-identity";
import type { JsonObject } from "../frame/manifest";
import { CONTROL_PLANE_LABEL, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import {
  CUSTOMER_KEY_PATH,
  GCP_PATH,
  identityOf,
  NAMESPACE,
  placesOf,
  pluginOf,
  STORE_SECRET,
  usesCustomerKey,
  type Located,
} from "./locations";
import type { Size } from "./settings";

const USER = 65_532;
const HOME = "/home/velero";

export interface ValuesSettings extends Located {
  readonly size: Size;
  readonly fileSystemBackup: boolean;
}

/**
 * Of Velero's chart.
 *
 * @param pool labels of the nodes that the pods which Velero makes go to
 */
export function veleroValues(
  facts: Facts,
  settings: ValuesSettings,
  pool: Readonly<Record<string, string>>,
): JsonObject {
  const all = placesOf(settings).map(({ location }) => location);
  const customerKey = all.some(usesCustomerKey);
  const identity = identityOf(all);
  const gcp = gcpFiles(identity.gcp);
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
    resources: resources(["250m", "256Mi"], ["1", settings.size.serverMemory]),
    initContainers: [...new Set(all.map((place) => pluginOf(place).image))].map((plugin) => ({
      name: /velero-plugin-for-[a-z-]+/.exec(plugin)?.[0] ?? plugin,
      image: image(facts, plugin),
      imagePullPolicy: "IfNotPresent",
      securityContext: { ...restricted, runAsUser: USER },
      resources: resources(["10m", "32Mi"], ["200m", "128Mi"]),
      volumeMounts: [{ mountPath: "/target", name: "plugins" }],
    })),
    podLabels: identity.labels,
    serviceAccount: { server: { annotations: identity.annotations } },
    podSecurityContext: podContext(USER),
    containerSecurityContext: { ...restricted, runAsUser: USER },
    priorityClassName: priorityClass.critical,
    // A running backup is finished before the pod goes.
    terminationGracePeriodSeconds: 3600,
    affinity: workerNodes,
    nodeSelector: linux,
    extraVolumes: [{ name: "home", emptyDir: { sizeLimit: "2Gi" } }, ...keyVolumes, ...gcp.volumes],
    extraVolumeMounts: [home, ...keyMounts, ...gcp.mounts],
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
            podResources: {
              cpuRequest: "100m",
              cpuLimit: "1",
              memoryRequest: "256Mi",
              memoryLimit: settings.size.maintenanceMemory,
            },
            loadAffinity: [{ nodeSelector: within(pool) }],
            priorityClassName: priorityClass.batch,
          },
        },
      },
      // Of the server and of the agents.
      extraEnvVars: [{ name: "HOME", value: HOME }, ...gcp.env],
    },
    // Each location names its own.
    credentials: { useSecret: false },
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
      extraVolumes: [
        { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
        { name: "home", emptyDir: { sizeLimit: "5Gi" } },
        ...keyVolumes,
        ...gcp.volumes,
      ],
      extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }, home, ...keyMounts, ...gcp.mounts],
      labels: identity.labels,
      resources: resources(["50m", "128Mi"], ["1", settings.size.nodeAgentMemory]),
      affinity: workerNodes,
      nodeSelector: linux,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
      extraArgs: ["--node-agent-configmap=velero-node-agent-config"],
    },
    configMaps: {
      ...gcp.configMaps,
      "node-agent-config": { data: { "node-agent-config.json": JSON.stringify(nodeAgentConfig(settings.size, pool)) } },
    },
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
}

const within = (pool: Readonly<Record<string, string>>) => ({
  ...(Object.keys(pool).length === 0 ? {} : { matchLabels: pool }),
  matchExpressions: [{ key: CONTROL_PLANE_LABEL, operator: "DoesNotExist" }],
});

const nodeAgentConfig = (
  { moverMemory, moversPerNode, prepareQueueLength }: Size,
  pool: Readonly<Record<string, string>>,
) => ({
  loadConcurrency: { globalConfig: moversPerNode, prepareQueueLength },
  podResources: { cpuRequest: "200m", cpuLimit: "2", memoryRequest: "256Mi", memoryLimit: moverMemory },
  loadAffinity: [{ nodeSelector: within(pool) }],
  priorityClassName: priorityClass.standard,
});

/** The federation's configuration and the token that it exchanges (Google Cloud, "Workload Identity Federation with Kubernetes"). */
function gcpFiles(identity: GoogleIdentity | undefined) {
  if (identity === undefined) return { volumes: [], mounts: [], env: [], configMaps: {} };
  return {
    configMaps: { "gcp-identity": { data: { "configuration.json": googleConfiguration(identity, GCP_PATH) } } },
    volumes: [
      {
        name: "gcp-identity",
        projected: {
          sources: [googleToken(identity), { configMap: { name: "velero-gcp-identity" } }],
        },
      },
    ],
    mounts: [{ name: "gcp-identity", mountPath: GCP_PATH, readOnly: true }],
    env: [{ name: "GOOGLE_APPLICATION_CREDENTIALS", value: `${GCP_PATH}/configuration.json` }],
  };
}
