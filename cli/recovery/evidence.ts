import { sign } from "node:crypto";
import { z } from "zod";
import { drillOf } from "../../components/operators/databases/drill";
import { DRILL_LABEL, DRILL_NAMESPACE, RESTORED } from "../../components/operators/velero/drill-names";
import { notDrilled } from "../../components/operators/velero/excluded";
import { drillAnnotation } from "../../components/operators/velero/metrics";
import { differences, isMade } from "../../components/recovery/differences";
import {
  compareLists,
  hasEnded,
  nameOf,
  resourceOf,
  restoreProblems,
  type DatabaseDrill,
  type DrillEvidence,
  type RestoreEvidence,
} from "../../components/recovery/evidence";
import { claimsWithData, compareVolumes, type VolumeEvidence } from "../../components/recovery/volumes";
import { UserError } from "../../lib/errors";
import { at, refOf, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { refused, s3Request } from "../../lib/s3";
import type { StackBucket } from "./buckets";
import { endOf, podsOf } from "./jobs";
import { readContents, readList, readVolumes, type ReadStored } from "./stored";
import { list, NAMESPACE, seconds, text, VELERO, veleroRef } from "./velero";

/**
 * What every drill that the cluster remembers showed: its objects compared with what the backup recorded in the bucket. Velero
 * counts of a restore only what it touched (velero v1.18.1, pkg/restore/restore.go, TotalItems): its own figures always agree.
 */
export async function drillsOf(
  client: KubeClient,
  { location, read }: { readonly location: string; readonly read: ReadStored },
  stack: string,
): Promise<DrillEvidence[]> {
  const drills = (await list(client, "Restore")).filter(
    (restore) =>
      restore.metadata.labels?.[DRILL_LABEL] !== undefined && text(restore, "status", "completionTimestamp") !== "",
  );
  const backups = new Map((await list(client, "Backup")).map((backup) => [backup.metadata.name ?? "", backup]));
  const found: DrillEvidence[] = [];
  for (const restore of drills) {
    const backup = backups.get(text(restore, "spec", "backupName"));
    if (backup === undefined || text(backup, "spec", "storageLocation") !== location) continue;
    const { evidence } = await evidenceOf(client, read, {
      ...{ restore, backup, to: DRILL_NAMESPACE, without: notDrilled },
    });
    found.push({ stack, app: restore.metadata.labels?.[DRILL_LABEL] ?? "", ...evidence });
  }
  return found;
}

/** What the drills of an app's database showed that the cluster remembers: what their pods said, and whether it is good. */
export async function databaseDrillsOf(
  client: KubeClient,
  { app, namespace }: { readonly app: string; readonly namespace: string },
  stack: string,
): Promise<DatabaseDrill[]> {
  const found: DatabaseDrill[] = [];
  for (const each of await client.list({ apiVersion: "batch/v1", kind: "Job" }, { namespace })) {
    const name = each.metadata.name ?? "";
    if (!name.startsWith(`${drillOf(app)}-`)) continue;
    const [end, began] = [endOf(each), at(each, "status", "startTime")];
    if (end === undefined || typeof began !== "string") continue;
    found.push({
      ...{ stack, app, restore: name, came: end.type === "Complete" },
      says: await lastWords(client, namespace, name),
      recoveryTimeSeconds: seconds(began, end.lastTransitionTime),
    });
  }
  return found;
}

const ended = z.array(
  z.object({
    name: z.string(),
    state: z.object({ terminated: z.object({ message: z.string().default(""), exitCode: z.number() }).optional() }),
  }),
);

/** Of the step that failed, otherwise of the last one. */
async function lastWords(client: KubeClient, namespace: string, name: string): Promise<string> {
  const [pod] = await podsOf(client, namespace, name);
  const steps = ["initContainerStatuses", "containerStatuses"].flatMap(
    (which) => ended.safeParse(at(pod, "status", which)).data ?? [],
  );
  const told = steps.find(({ state }) => (state.terminated?.exitCode ?? 0) !== 0) ?? steps.at(-1);
  return told === undefined ? "its pod is gone" : `step ${told.name}: ${told.state.terminated?.message ?? ""}`.trim();
}

/** A Restore that has ended, and the Backup that it came from. */
export interface Ended {
  readonly restore: KubeObject;
  readonly backup: KubeObject;
  /** Where it had to bring what, whatever the Restore itself says. */
  readonly to: string;
  readonly without: readonly string[];
}

/** What a restore brought beside what its backup recorded; drills and restores by hand alike. */
export async function evidenceOf(
  client: KubeClient,
  read: ReadStored,
  { restore, backup, to, without }: Ended,
): Promise<{ readonly evidence: RestoreEvidence; readonly contents: KubeObject[] }> {
  const [name, from] = [restore.metadata.name ?? "", backup.metadata.name ?? ""];
  const namespace = text(restore, "spec", "includedNamespaces", 0);
  const contents = await readContents(read, from, namespace);
  const recorded = await readList(read, "BackupResourceList", from);
  const restored = await readList(read, "RestoreResourceList", name);
  const asked = restore.metadata.creationTimestamp ?? "";
  const evidence = {
    restore: name,
    backup: from,
    phase: text(restore, "status", "phase"),
    ...compareLists(recorded, restored, { namespace, to, without, contents }),
    volumes: await volumesOf(client, read, { contents, backup: from, restore: name, namespace }),
    recoveryPointSeconds: seconds(text(backup, "status", "startTimestamp"), asked),
    recoveryTimeSeconds: seconds(asked, text(restore, "status", "completionTimestamp")),
  };
  return {
    evidence,
    contents: contents.filter(({ kind, apiVersion }) => !without.includes(resourceOf(`${apiVersion}/${kind}`))),
  };
}

async function volumesOf(
  client: KubeClient,
  read: ReadStored,
  {
    contents,
    backup,
    restore,
    namespace,
  }: {
    readonly contents: readonly KubeObject[];
    readonly backup: string;
    readonly restore: string;
    readonly namespace: string;
  },
): Promise<VolumeEvidence[]> {
  if (claimsWithData(contents).length === 0) return [];
  const ofRestore = { namespace: NAMESPACE, labelSelector: `${RESTORED}=${restore}` };
  const restores = await Promise.all([
    client.list({ apiVersion: "velero.io/v2alpha1", kind: "DataDownload" }, ofRestore),
    client.list({ apiVersion: VELERO, kind: "PodVolumeRestore" }, ofRestore),
  ]);
  return compareVolumes(contents, await readVolumes(read, backup, namespace), restores.flat());
}

/** Of the objects that a backup holds, those that are not there, and where those that are differ. */
export async function compareObjects(
  client: KubeClient,
  contents: readonly KubeObject[],
  namespace: string,
): Promise<{ readonly absent: string[]; readonly differing: string[] }> {
  const absent: string[] = [];
  const differing: string[] = [];
  for (const object of contents.filter((each) => !isMade(each) && !hasEnded(each))) {
    const live = await client.find({ ...refOf(object), namespace });
    if (live === undefined) absent.push(`${nameOf(object)} is in the backup, and not in ${namespace}`);
    else differing.push(...differences(object, live).map((path) => `${nameOf(object)}: ${path}`));
  }
  return { absent, differing };
}

/** For the alerts, and for nothing that an auditor counts on: who has the cluster can write it too. */
export async function recordDrill(client: KubeClient, drill: DrillEvidence, now: Date): Promise<void> {
  const annotations = {
    [drillAnnotation.compared]: now.toISOString(),
    [drillAnnotation.missing]: String(restoreProblems(drill).length),
  };
  await client.patch(veleroRef("Restore", drill.restore), { metadata: { annotations } });
}

/** A line, and its signature by an Ed25519 key that is outside the cluster. @throws {UserError} on another key */
export function signedLine(evidence: DrillEvidence | DatabaseDrill, key: string): string {
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
  { stack, restore }: Pick<DrillEvidence, "stack" | "restore">,
  signed: string,
): Promise<string> {
  const key = `mijnbureau-evidence/${stack}/${restore}.jsonl`;
  const answer = await s3Request(store, "PUT", { key, body: signed });
  if (answer.status !== 200) throw refused(store, `writing ${key}`, answer);
  return key;
}
