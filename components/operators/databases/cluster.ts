import type { AppDatabase } from "../../../suite/app";
import { CNPG_LABEL, clusterOf } from "../../../suite/stores";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { PLUGIN } from "../cloudnative-pg/plugin";
import { image, pullSecrets, type Facts } from "../frame/facts";
import { linux, overZones, workerNodes } from "../frame/pods";
import { appSecret, identity } from "./access";
import { ARCHIVE_TIMEOUT_SECONDS, archiveName } from "./archive";
import { sizeOf, type Settings, type Store } from "./settings";

/** A database of one app, with what the stack says of it. */
export interface Database {
  readonly app: string;
  readonly namespace: string;
  readonly database: AppDatabase;
  readonly store: Store;
  /** Place among the databases of the stack, from 0: base backups begin one after the other. */
  readonly place: number;
}

/** How a Cluster begins. */
export type Beginning =
  | { readonly from: "nothing" }
  /** From an archive, to its end or to a second; `archive` is the name in the object store. */
  | { readonly from: "archive"; readonly archive: string; readonly at?: string | undefined };

export interface ClusterShape {
  readonly name: string;
  readonly instances: number;
  /** The archive that it writes to. */
  readonly archive: string;
  readonly beginning: Beginning;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What the database of an app begins from, and where it archives, as the stack says. */
export function shapeOf({ app }: Pick<Database, "app">, settings: Settings): ClusterShape {
  const name = clusterOf(app);
  const restored = settings.restored[app];
  const number = restored?.archive ?? 1;
  return {
    name,
    instances: settings.instances,
    archive: archiveName(name, number),
    beginning:
      restored === undefined
        ? { from: "nothing" }
        : { from: "archive", archive: archiveName(name, restored.from ?? number - 1), at: restored.at },
  };
}

/** A Cluster of CloudNativePG. */
export function clusterManifest(of: Database, shape: ClusterShape, settings: Settings, facts: Facts): Manifest {
  const { annotations, labels } = identity(of.store);
  const size = sizeOf(settings, of.app);
  const podLabels = { [CNPG_LABEL]: shape.name };
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: shape.name, namespace: of.namespace, labels: { ...managedLabels, ...shape.labels } },
    spec: {
      instances: shape.instances,
      imageName: image(facts, settings.image),
      imagePullPolicy: "IfNotPresent",
      imagePullSecrets: pullSecrets(facts),
      enablePDB: true,
      enableSuperuserAccess: false,
      primaryUpdateStrategy: "unsupervised",
      primaryUpdateMethod: "switchover",
      // The app's quota admits no higher one.
      priorityClassName: priorityClass.standard,
      ...(Object.keys(labels).length === 0 ? {} : { inheritedMetadata: { labels } }),
      ...(Object.keys(annotations).length === 0 ? {} : { serviceAccountTemplate: { metadata: { annotations } } }),
      affinity: {
        ...workerNodes,
        nodeSelector: linux,
        enablePodAntiAffinity: true,
        // Two of one database on a node go with that node.
        podAntiAffinityType: shape.instances > 1 ? "required" : "preferred",
        topologyKey: "kubernetes.io/hostname",
      },
      topologySpreadConstraints: overZones(podLabels),
      resources: {
        requests: { cpu: size.cpu, memory: size.memory },
        limits: { cpu: size.cpu, memory: size.memory },
      },
      storage: { size: size.storage, storageClass: facts.storageClass, resizeInUseVolumes: true },
      walStorage: { size: size.walStorage, storageClass: facts.storageClass, resizeInUseVolumes: true },
      postgresql: {
        parameters: {
          archive_timeout: `${ARCHIVE_TIMEOUT_SECONDS}s`,
          log_connections: "on",
          log_disconnections: "on",
          password_encryption: "scram-sha-256",
        },
        // What is acknowledged is on two servers; with one of them away, the app still works.
        ...(shape.instances > 1 ? { synchronous: { method: "any", number: 1, dataDurability: "preferred" } } : {}),
      },
      ...beginningOf(of, shape.beginning),
      plugins: [pluginOf(of, shape.archive, { isWALArchiver: true })],
    },
  };
}

const SOURCE = "archive";

function beginningOf(of: Database, beginning: Beginning): Record<string, unknown> {
  const login = { database: of.database.name, owner: of.database.user, secret: { name: appSecret(of.app) } };
  if (beginning.from === "nothing") {
    return {
      bootstrap: {
        initdb: {
          ...login,
          dataChecksums: true,
          encoding: "UTF8",
          // Synapse starts with no other (its docs, "Using Postgres").
          localeCollate: "C",
          localeCType: "C",
          // The app's user has its own database and no other.
          postInitSQL: ["REVOKE CONNECT ON DATABASE postgres FROM PUBLIC"],
          postInitApplicationSQL: [`REVOKE CONNECT ON DATABASE ${of.database.name} FROM PUBLIC`],
        },
      },
    };
  }
  const { archive, at } = beginning;
  return {
    bootstrap: {
      recovery: { source: SOURCE, ...login, ...(at === undefined ? {} : { recoveryTarget: { targetTime: at } }) },
    },
    externalClusters: [{ name: SOURCE, plugin: pluginOf(of, archive) }],
  };
}

const pluginOf = ({ app }: Database, archive: string, more: Record<string, unknown> = {}) => ({
  name: PLUGIN,
  enabled: true,
  ...more,
  parameters: { barmanObjectName: clusterOf(app), serverName: archive },
});
