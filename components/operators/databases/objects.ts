import { appKeys, appOf } from "../../../suite/apps";
import { CNPG_LABEL, clusterOf } from "../../../suite/stores";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { databaseApps } from "../cloudnative-pg/places";
import { PLUGIN } from "../cloudnative-pg/plugin";
import type { Facts } from "../frame/facts";
import { databaseSecrets } from "./access";
import { objectStoreSpec } from "./archive";
import { clusterManifest, shapeOf, type Database } from "./cluster";
import { databaseDrill } from "./drill";
import type { Settings } from "./settings";

/** The databases of a stack; none without a store for their backups. */
export function databasesOf({ store }: Settings, apps: Facts["apps"]): Database[] {
  if (store === undefined) return [];
  return databaseApps(apps).flatMap(({ key, namespace }, place) => {
    const app = appKeys.find((each) => each === key);
    const database = app === undefined ? undefined : appOf(app).database;
    return database === undefined ? [] : [{ app: key, namespace, database, store, place }];
  });
}

/** Everything of one database; its Secrets first. */
export function databaseObjects(of: Database, settings: Settings, facts: Facts): Manifest[] {
  return [
    ...databaseSecrets(of.app, of.namespace, of.database, of.store),
    objectStore(of, settings, facts),
    clusterManifest(of, shapeOf(of, settings), settings, facts),
    scheduledBackup(of, settings),
    ...databaseDrill(of, settings, facts, databaseApps(facts.apps).length),
    ...(facts.capabilities.has("monitors") ? [podMonitor(of)] : []),
  ];
}

const metadataOf = ({ app, namespace }: Database) => ({ name: clusterOf(app), namespace, labels: managedLabels });

function objectStore(of: Database, settings: Settings, facts: Facts): Manifest {
  return {
    apiVersion: "barmancloud.cnpg.io/v1",
    kind: "ObjectStore",
    metadata: metadataOf(of),
    spec: objectStoreSpec(of.store, of.app, settings, facts),
  };
}

const MINUTES_APART = 7;

/** Its schedules have seconds before the minutes (CloudNativePG, "Scheduled backups"). */
export function sixFields(cron: string, place: number): string {
  const [minute = "", hour = "", ...rest] = cron.split(/\s+/);
  const later = Number(minute) + place * MINUTES_APART;
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour)) return `0 ${[minute, hour, ...rest].join(" ")}`;
  const hours = (Number(hour) + Math.floor(later / 60)) % 24;
  return `0 ${[later % 60, hours, ...rest].join(" ")}`;
}

function scheduledBackup(of: Database, settings: Settings): Manifest {
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "ScheduledBackup",
    metadata: metadataOf(of),
    spec: {
      schedule: sixFields(settings.schedule, of.place),
      // The first one at once: without a base backup the log is worth nothing.
      immediate: true,
      backupOwnerReference: "self",
      cluster: { name: clusterOf(of.app) },
      method: "plugin",
      pluginConfiguration: { name: PLUGIN },
      target: "prefer-standby",
    },
  };
}

function podMonitor(of: Database): Manifest {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: metadataOf(of),
    spec: {
      // Copies beside it too.
      selector: { matchExpressions: [{ key: CNPG_LABEL, operator: "Exists" }] },
      podTargetLabels: [CNPG_LABEL],
      podMetricsEndpoints: [{ port: "metrics", interval: "30s" }],
    },
  };
}
