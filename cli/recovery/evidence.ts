import { sign } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { DRILL_LABEL } from "../../components/operators/velero/drill-names";
import { drillAnnotation } from "../../components/operators/velero/metrics";
import { notDrilled } from "../../components/operators/velero/excluded";
import { compareLists, type DrillEvidence, type ResourceList } from "../../components/recovery/evidence";
import { UserError } from "../../lib/errors";
import { at, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { refused, s3Request } from "../../lib/s3";
import type { StackBucket } from "./buckets";
import { DRILL_NAMESPACE, list, NAMESPACE, seconds, text, veleroRef } from "./velero";

const lists = z.record(
  z.string(),
  z
    .array(z.string())
    .nullable()
    .transform((names) => names ?? []),
);

/** What Velero wrote down of a backup or a restore, in the bucket (velero, pkg/persistence/object_store_layout.go). */
async function readList({ store, prefix }: StackBucket, path: string): Promise<ResourceList> {
  const answer = await s3Request(store, "GET", { key: `${prefix}/${path}` });
  if (answer.status !== 200) throw refused(store, `reading ${path}`, answer);
  const parsed = lists.safeParse(JSON.parse(gunzipSync(answer.body).toString("utf8")));
  if (!parsed.success) throw new UserError(`${store.bucket}: ${prefix}/${path} is no list of objects`);
  return parsed.data;
}

/**
 * What every drill that the cluster remembers showed: its objects compared with what the backup recorded in the bucket. Velero
 * counts of a restore only what it touched (velero v1.18.1, pkg/restore/restore.go, TotalItems): its own figures always agree.
 */
export async function drillsOf(client: KubeClient, bucket: StackBucket, stack: string): Promise<DrillEvidence[]> {
  const drills = (await list(client, "Restore")).filter(
    (restore) =>
      restore.metadata.labels?.[DRILL_LABEL] !== undefined && text(restore, "status", "completionTimestamp") !== "",
  );
  const backups = new Map((await list(client, "Backup")).map((backup) => [backup.metadata.name ?? "", backup]));
  const found: DrillEvidence[] = [];
  for (const drill of drills) {
    const backup = backups.get(text(drill, "spec", "backupName"));
    if (backup !== undefined && text(backup, "spec", "storageLocation") === bucket.location) {
      found.push(await evidenceOf(client, bucket, { stack, drill, backup }));
    }
  }
  return found;
}

interface Drilled {
  readonly stack: string;
  readonly drill: KubeObject;
  readonly backup: KubeObject;
}

async function evidenceOf(
  client: KubeClient,
  bucket: StackBucket,
  { stack, drill, backup }: Drilled,
): Promise<DrillEvidence> {
  const [restore, from] = [drill.metadata.name ?? "", backup.metadata.name ?? ""];
  const namespace = text(drill, "spec", "includedNamespaces", 0);
  const recorded = await readList(bucket, `backups/${from}/${from}-resource-list.json.gz`);
  const restored = await readList(bucket, `restores/${restore}/restore-${restore}-resource-list.json.gz`);
  const downloads = await client.list(
    { apiVersion: "velero.io/v2alpha1", kind: "DataDownload" },
    { namespace: NAMESPACE, labelSelector: `velero.io/restore-name=${restore}` },
  );
  const asked = drill.metadata.creationTimestamp ?? "";
  return {
    stack,
    app: drill.metadata.labels?.[DRILL_LABEL] ?? "",
    restore,
    backup: from,
    phase: text(drill, "status", "phase"),
    ...compareLists(recorded, restored, { namespace, to: DRILL_NAMESPACE, without: notDrilled }),
    volumes: downloads.map((download) => ({
      claim: text(download, "spec", "targetVolume", "pvc"),
      bytes: Number(at(download, "spec", "snapshotSize") ?? 0),
      restored: Number(at(download, "status", "progress", "bytesDone") ?? 0),
    })),
    recoveryPointSeconds: seconds(text(backup, "status", "startTimestamp"), asked),
    recoveryTimeSeconds: seconds(asked, text(drill, "status", "completionTimestamp")),
  };
}

/** For the alert, and for nothing that an auditor counts on: who has the cluster can write it too. */
export async function recordDrill(client: KubeClient, { restore, missing }: DrillEvidence): Promise<void> {
  const annotations = { [drillAnnotation.missing]: String(missing.length) };
  await client.patch(veleroRef("Restore", restore), { metadata: { annotations } });
}

/** A line, and its signature by an Ed25519 key that is outside the cluster. @throws {UserError} on another key */
export function signedLine(evidence: DrillEvidence, key: string): string {
  const line = JSON.stringify(evidence);
  try {
    return `${line}\n${sign(null, Buffer.from(line), key).toString("base64")}\n`;
  } catch {
    throw new UserError(
      "--sign: is no private key; make one with: openssl genpkey -algorithm ed25519 -out evidence.pem",
    );
  }
}

/** Beside the backups' folder, in which Velero allows nothing else; the bucket locks it. */
export async function keepLine(
  { store }: StackBucket,
  { stack, restore }: DrillEvidence,
  signed: string,
): Promise<string> {
  const key = `mijnbureau-evidence/${stack}/${restore}.jsonl`;
  const answer = await s3Request(store, "PUT", { key, body: signed });
  if (answer.status !== 200) throw refused(store, `writing ${key}`, answer);
  return key;
}
