import { z } from "zod";
import { NAMESPACE } from "../../components/operators/velero/locations";
import { unfinishedRestore } from "../../components/operators/velero/restore-phases";
import type { Copy } from "../../components/recovery/coverage";
import type { KnownBackup } from "../../components/recovery/choose";
import { BEFORE_RESTORE, type RestoreFacts } from "../../components/recovery/restore";
import { CNPG_LABEL } from "../../suite/stores";
import { ApiError, at, type KubeClient, type KubeObject, type ObjectRef } from "../../lib/kube/client";
import { databaseState } from "./database";

export const VELERO = "velero.io/v1";

export const veleroRef = (kind: string, name: string): ObjectRef => ({
  apiVersion: VELERO,
  kind,
  name,
  namespace: NAMESPACE,
});

export const text = (value: unknown, ...path: readonly (string | number)[]): string => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
};
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
const time = (value: string): Date | undefined => (value === "" ? undefined : new Date(value));

/** Of Velero's kinds, all that are in its namespace. */
export const list = (client: KubeClient, kind: string): Promise<KubeObject[]> =>
  client.list({ apiVersion: VELERO, kind }, { namespace: NAMESPACE });

/** From one moment to another. */
export const seconds = (from: string, to: string): number =>
  Math.round((new Date(to).getTime() - new Date(from).getTime()) / 1000);

export async function knownBackups(client: KubeClient): Promise<KnownBackup[]> {
  return (await list(client, "Backup")).map((backup) => ({
    name: backup.metadata.name ?? "",
    location: text(backup, "spec", "storageLocation"),
    phase: text(backup, "status", "phase"),
    started: time(text(backup, "status", "startTimestamp")) ?? new Date(0),
    expires: time(text(backup, "status", "expiration")),
    namespaces: strings(at(backup, "spec", "includedNamespaces")),
    beforeRestore: backup.metadata.labels?.[BEFORE_RESTORE] !== undefined,
  }));
}

/** Good copies, for the report of what is covered. */
export async function goodCopies(client: KubeClient): Promise<Copy[]> {
  return (await knownBackups(client)).filter(({ phase }) => phase === "Completed");
}

/** Of databases, all that the cluster has. */
export async function objectStores(client: KubeClient): Promise<KubeObject[]> {
  try {
    return await client.list({ apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore" });
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
}

/** Base backups of databases, by what the plugin saw last in each archive. */
export async function archiveCopies(client: KubeClient): Promise<Copy[]> {
  return (await objectStores(client)).flatMap(({ metadata, ...store }) =>
    Object.values(
      z
        .record(z.string(), z.unknown())
        .catch({})
        .parse(at(store, "status", "serverRecoveryWindow")),
    ).flatMap((window) => {
      const started = time(text(window, "lastSuccessfulBackupTime"));
      return started === undefined ? [] : [{ namespaces: [metadata.namespace ?? ""], location: "archive", started }];
    }),
  );
}

/** A Restore that Velero has not seen yet has no phase. */
const RUNNING: readonly string[] = ["", ...unfinishedRestore];

export interface RestorePlace {
  readonly app: string;
  /** The app's own. */
  readonly namespace: string;
  /** That which is restored into. */
  readonly to: string;
  readonly records: string;
  /** Whether the platform runs the app's database. */
  readonly database: boolean;
  /** Without Velero only a database can come back. */
  readonly velero: boolean;
}

/** Everything that a plan of a restore into a namespace has to know. */
export async function restoreFacts(
  client: KubeClient,
  { app, namespace, to, records, database, velero }: RestorePlace,
): Promise<RestoreFacts> {
  const inPlace = { namespace: to };
  const ofVelero = (kind: string): Promise<KubeObject[]> => (velero ? list(client, kind) : Promise.resolve([]));
  const [backups, locations, restores, namespaces, pods, deployments, statefulSets, claims, record] = await Promise.all(
    [
      velero ? knownBackups(client) : [],
      ofVelero("BackupStorageLocation"),
      ofVelero("Restore"),
      client.list({ apiVersion: "v1", kind: "Namespace" }),
      client.list({ apiVersion: "v1", kind: "Pod" }, inPlace),
      client.list({ apiVersion: "apps/v1", kind: "Deployment" }, inPlace),
      client.list({ apiVersion: "apps/v1", kind: "StatefulSet" }, inPlace),
      client.list({ apiVersion: "v1", kind: "PersistentVolumeClaim" }, inPlace),
      client.find(recordRef(app, records)),
    ],
  );
  return {
    now: new Date(),
    backups,
    locations: locations.map((location) => ({
      name: location.metadata.name ?? "",
      available: text(location, "status", "phase") !== "Unavailable",
      message: text(location, "status", "message"),
      readOnly: text(location, "spec", "accessMode") === "ReadOnly",
    })),
    namespaces: new Set(namespaces.map(({ metadata }) => metadata.name ?? "")),
    // The database's own run while the app rests.
    pods: pods.filter(
      (pod) =>
        !["Succeeded", "Failed"].includes(text(pod, "status", "phase")) &&
        pod.metadata.labels?.[CNPG_LABEL] === undefined,
    ).length,
    ...(database ? { database: await databaseState(client, app, namespace) } : {}),
    workloads: [...deployments, ...statefulSets].map((workload) => ({
      kind: workload.kind,
      name: workload.metadata.name ?? "",
      replicas: Number(at(workload, "spec", "replicas") ?? 1),
    })),
    // CloudNativePG's own are in no backup, and stay.
    claims: claims
      .filter(({ metadata }) => metadata.labels?.[CNPG_LABEL] === undefined)
      .map(({ metadata }) => metadata.name ?? ""),
    running: restores
      .filter((restore) => RUNNING.includes(text(restore, "status", "phase")))
      .map((restore) => ({ name: restore.metadata.name ?? "", namespaces: targets(restore) })),
    unfinished:
      record === undefined
        ? undefined
        : { restore: text(record, "data", "restore"), at: text(record, "data", "began") },
  };
}

function targets(restore: KubeObject): string[] {
  const mapping = at(restore, "spec", "namespaceMapping");
  return strings(at(restore, "spec", "includedNamespaces")).map((from) => {
    const to = at(mapping, from);
    return typeof to === "string" ? to : from;
  });
}

/** What a restore of an app has done so far; it goes when the restore is over. */
export const recordRef = (app: string, namespace: string): ObjectRef => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: `mijnbureau-restore-${app}`,
  namespace,
});

export { NAMESPACE };
