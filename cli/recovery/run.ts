import { z } from "zod";
import { backupTemplate } from "../../components/operators/velero/objects";
import { endedRestore } from "../../components/operators/velero/restore-phases";
import { RESTORED } from "../../components/operators/velero/drill-names";
import { nameOf, restoreProblems, type RestoreEvidence } from "../../components/recovery/evidence";
import { explainFailure } from "../../components/recovery/failures";
import { BEFORE_RESTORE, type RestorePlan, type RestoreStep } from "../../components/recovery/restore";
import { claimsWithData, unsavedClaims } from "../../components/recovery/volumes";
import { UserError } from "../../lib/errors";
import { at, refOf, type KubeClient, type KubeObject, type ObjectRef } from "../../lib/kube/client";
import { runDatabaseStep } from "./database";
import { compareObjects, evidenceOf } from "./evidence";
import { Progress } from "./progress";
import { until, type Runner } from "./runner";
import { readNamespace, throughVelero } from "./stored";
import { list, NAMESPACE, recordRef, text, VELERO, veleroRef } from "./velero";

/**
 * Does what a plan says, step by step, and writes down in the cluster how far it came: an interrupted run goes on where it
 * stopped, because no step does harm a second time. `done` is the place that an earlier run came to.
 */
export async function runRestore(
  runner: Runner,
  plan: RestorePlan,
  done?: number,
): Promise<RestoreEvidence | undefined> {
  const { client, say } = runner;
  const ref = recordRef(plan.app, runner.records);
  let shown: RestoreEvidence | undefined;
  const progress =
    done === undefined
      ? await Progress.begin(
          client,
          ref,
          recordOf(plan, 0),
          `${plan.app}: another restore began a moment ago; wait for it. Nothing was changed by this one`,
        )
      : await Progress.takeOver(client, ref);
  for (const [index, step] of plan.steps.entries()) {
    if (index < (done ?? 0)) continue;
    await progress.write(recordOf(plan, index));
    say(`${String(index + 1)}/${String(plan.steps.length)} ${step.does === "people" ? "yours: " : ""}${step.says}`);
    shown = (await doStep(runner, step)) ?? shown;
  }
  await progress.end();
  return shown;
}

const recorded = z.object({ data: z.object({ plan: z.string(), done: z.string() }) });

/** The plan of an interrupted run, and the step that it came to. */
export async function interrupted(
  { client, records }: Pick<Runner, "client" | "records">,
  app: string,
): Promise<{ readonly plan: RestorePlan; readonly done: number } | undefined> {
  const found = await client.find(recordRef(app, records));
  if (found === undefined) return undefined;
  const { plan, done } = recorded.parse(found).data;
  const read = z
    .custom<RestorePlan>((value) => typeof value === "object" && value !== null && Array.isArray(at(value, "steps")))
    .parse(JSON.parse(plan));
  return { plan: read, done: Number(done) };
}

const recordOf = (plan: RestorePlan, done: number): Readonly<Record<string, string>> => ({
  restore: plan.name,
  began: plan.name.replace(`${plan.app}-`, ""),
  done: String(done),
  plan: JSON.stringify(plan),
});

async function doStep(runner: Runner, step: RestoreStep): Promise<RestoreEvidence | undefined> {
  switch (step.does) {
    case "people":
      return undefined;
    case "read":
      await readFirst(runner, step);
      return undefined;
    case "backup":
      await backUp(runner, step);
      return undefined;
    case "rest":
      await bringToRest(runner, step.namespace);
      return undefined;
    case "remove-claims":
      await removeClaims(runner, step);
      return undefined;
    case "restore":
      await restore(runner, step);
      return undefined;
    case "database":
      await runDatabaseStep(runner, step.namespace, step.step);
      return undefined;
    case "stack-file":
      runner.writeStack(step.app, step.restored);
      return undefined;
    case "settle":
      await settled(runner, step.restore);
      return undefined;
    case "remove-added":
      await removeAdded(runner, step);
      return undefined;
    case "check":
      return check(runner, step);
  }
}

/** A backup's own attempt that counts is its last. */
async function storedOf({ client, sleep }: Runner, name: string, namespace: string) {
  const backup = (await lastAttempt(client, "Backup", name)).object ?? (await client.get(veleroRef("Backup", name)));
  const read = throughVelero(client, text(backup, "spec", "storageLocation"), sleep);
  return readNamespace(read, backup.metadata.name ?? name, namespace);
}

/** A backup that cannot be read is found while everything is as it was. */
async function readFirst(runner: Runner, { backup, namespace }: Extract<RestoreStep, { does: "read" }>): Promise<void> {
  try {
    const { contents, volumes } = await storedOf(runner, backup, namespace);
    for (const { claim, failure } of unsavedClaims(contents, volumes))
      runner.say(`  claim ${claim}: ${failure}; what is there stays`);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${error.message}. ${UNCHANGED}`) : error;
  }
}

/** What a backup has no data of would be gone, and is not removed. */
async function removeClaims(
  runner: Runner,
  { namespace, claims, backup }: Extract<RestoreStep, { does: "remove-claims" }>,
): Promise<void> {
  const { client } = runner;
  const { contents, volumes } = await storedOf(runner, backup, namespace);
  const unsaved = unsavedClaims(contents, volumes).map(({ claim }) => claim);
  const saved = claimsWithData(contents).filter((claim) => claims.includes(claim) && !unsaved.includes(claim));
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
  for (const name of saved) await client.delete({ ...claim, name, namespace });
  await until(runner, "the claims are gone", async () => {
    const left = await client.list(claim, { namespace });
    return left.some(({ metadata }) => saved.includes(metadata.name ?? "")) ? undefined : true;
  });
}

/** `name`, then `name-2`: what failed is tried again under another name, for Velero looks at each once. */
const attempt = (name: string, number: number): string => (number === 1 ? name : `${name}-${String(number)}`);

/** The last attempt, and whether it failed; none: there was no attempt. */
async function lastAttempt(
  client: KubeClient,
  kind: "Backup" | "Restore",
  name: string,
): Promise<{ readonly number: number; readonly object?: KubeObject; readonly failed: boolean }> {
  const known = new Map((await list(client, kind)).map((object) => [object.metadata.name ?? "", object]));
  let number = 1;
  while (known.has(attempt(name, number + 1))) number += 1;
  const object = known.get(attempt(name, number));
  if (object === undefined) return { number, failed: false };
  const phase = text(object, "status", "phase");
  return { number, object, failed: OVER.includes(phase) && phase !== "Completed" };
}

/** All attempts, the last one at the end. */
async function attempts(client: KubeClient, kind: "Backup" | "Restore", name: string): Promise<KubeObject[]> {
  const { number, object } = await lastAttempt(client, kind, name);
  if (object === undefined) return [];
  const names = Array.from({ length: number }, (_, index) => attempt(name, index + 1));
  return Promise.all(names.map((each) => client.get(veleroRef(kind, each))));
}

/** What Velero still does would come after what follows. */
async function settled(runner: Runner, name: string): Promise<void> {
  await until(runner, `Restore ${name} is over`, async () => {
    const all = await attempts(runner.client, "Restore", name);
    return all.every((each) => OVER.includes(text(each, "status", "phase"))) ? true : undefined;
  });
}

interface Attempt {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec: object;
  /** What to do where it fails. */
  readonly then: string;
}

async function attempted(
  runner: Runner,
  kind: "Backup" | "Restore",
  { name, spec, then, labels = {} }: Attempt,
): Promise<void> {
  const { client } = runner;
  const last = await lastAttempt(client, kind, name);
  const own = attempt(name, last.failed ? last.number + 1 : last.number);
  if (last.object === undefined || last.failed)
    await client.create({ apiVersion: VELERO, kind, metadata: { name: own, namespace: NAMESPACE, labels }, spec });
  await completed(runner, kind, own, then);
}

const UNCHANGED =
  "Nothing was changed; what is there goes on as it was. Mend it and go on with --continue, or end it with --undo";

async function backUp(
  runner: Runner,
  { name, namespace, location, asFiles }: Extract<RestoreStep, { does: "backup" }>,
): Promise<void> {
  const spec = backupTemplate({ namespaces: [namespace], storageLocation: location, ttl: "168h0m0s", asFiles });
  await attempted(runner, "Backup", { name, labels: { [BEFORE_RESTORE]: "" }, spec, then: UNCHANGED });
  const { contents, volumes } = await storedOf(runner, name, namespace);
  const lost = unsavedClaims(contents, volumes).map(({ claim, failure }) => `claim ${claim}: ${failure}`);
  if (lost.length > 0)
    throw new UserError(`Backup ${name} does not save what is there: ${lost.join("; ")}. ${UNCHANGED}`);
}

/**
 * What a restore made that was not there before: it bears the restore's name, is younger than the restore, and is not in what
 * was saved first. What it only changed bears the name too, and is older.
 */
async function removeAdded(
  runner: Runner,
  { restore: name, from, namespace, saved }: Extract<RestoreStep, { does: "remove-added" }>,
): Promise<void> {
  const { client, say } = runner;
  const restores = await attempts(client, "Restore", name);
  const [first] = restores;
  if (first === undefined) return;
  const begun = first.metadata.creationTimestamp ?? "";
  const before = saved === undefined ? [] : (await storedOf(runner, saved, namespace)).contents.map(nameOf);
  const brought = (await storedOf(runner, text(first, "spec", "backupName"), from)).contents;
  const names = new Set(restores.map(({ metadata }) => metadata.name));
  const added: ObjectRef[] = [];
  for (const object of brought) {
    const key = nameOf(object);
    if (before.includes(key)) continue;
    const ref = { ...refOf(object), namespace };
    const { metadata } = (await client.find(ref)) ?? {};
    if (!names.has(metadata?.labels?.[RESTORED]) || (metadata?.creationTimestamp ?? "") < begun) continue;
    say(`  removed, as it was not there before: ${key}`);
    await client.delete(ref);
    added.push(ref);
  }
  await until(runner, "what was added is gone", async () => {
    const left = await Promise.all(added.map((ref) => client.find(ref)));
    return left.every((each) => each === undefined) ? true : undefined;
  });
}

async function restore(runner: Runner, { name, spec, own }: Extract<RestoreStep, { does: "restore" }>): Promise<void> {
  const then = "What went before is saved: go back with --undo, or mend it and go on with --continue";
  if (own === undefined || !("backupName" in spec)) return attempted(runner, "Restore", { name, spec, then });
  const { number } = await lastAttempt(runner.client, "Backup", spec.backupName);
  const last = { ...spec, backupName: attempt(spec.backupName, number) };
  return attempted(runner, "Restore", { name, spec: last, then });
}

/** Deployments and StatefulSets at nothing, CronJobs suspended; a restore over them brings back how they were. */
async function bringToRest(runner: Runner, namespace: string): Promise<void> {
  const { client } = runner;
  for (const kind of ["Deployment", "StatefulSet"]) {
    for (const { metadata } of await client.list({ apiVersion: "apps/v1", kind }, { namespace })) {
      await client.patch(
        { apiVersion: "apps/v1", kind, name: metadata.name ?? "", namespace },
        { spec: { replicas: 0 } },
      );
    }
  }
  for (const { metadata } of await client.list({ apiVersion: "batch/v1", kind: "CronJob" }, { namespace })) {
    await client.patch(
      { apiVersion: "batch/v1", kind: "CronJob", name: metadata.name ?? "", namespace },
      { spec: { suspend: true } },
    );
  }
  await until(runner, `nothing runs in ${namespace}`, async () => {
    const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
    const running = pods.filter((pod) => {
      const controllers = (pod.metadata.ownerReferences ?? []).map((owner) => text(owner, "kind"));
      return controllers.some((kind) => kind === "ReplicaSet" || kind === "StatefulSet");
    });
    return running.length === 0 ? true : undefined;
  });
}

const OVER: readonly string[] = endedRestore;

/** Waits for its end, and accepts one only: part of the data is not the data. */
async function completed(runner: Runner, kind: "Backup" | "Restore", name: string, then: string): Promise<KubeObject> {
  const found = await until(runner, `${kind} ${name} is over`, async () => {
    const object = await runner.client.find(veleroRef(kind, name));
    return object !== undefined && OVER.includes(text(object, "status", "phase")) ? object : undefined;
  });
  const phase = text(found, "status", "phase");
  if (phase === "Completed") return found;
  const reasons = at(found, "status", "validationErrors");
  const why = [text(found, "status", "failureReason"), ...(Array.isArray(reasons) ? reasons.map(String) : [])].filter(
    (part) => part !== "",
  );
  const errors = at(found, "status", "errors");
  const counted =
    typeof errors === "number" ? `${String(errors)} errors: velero ${kind.toLowerCase()} logs ${name}` : "";
  throw new UserError(
    `${kind} ${name} is ${phase}: ${why.length > 0 ? explainFailure(why.join("; ")) : counted}. ${then}`,
  );
}

/** Whether all of it came, and where it differs from what it was. */
async function check(
  { client, say, sleep }: Runner,
  { restore: name, namespace, without }: Extract<RestoreStep, { does: "check" }>,
): Promise<RestoreEvidence> {
  const restore = (await lastAttempt(client, "Restore", name)).object ?? (await client.get(veleroRef("Restore", name)));
  const backup = await client.get(veleroRef("Backup", text(restore, "spec", "backupName")));
  const read = throughVelero(client, text(backup, "spec", "storageLocation"), sleep);
  const { evidence, contents } = await evidenceOf(client, read, { restore, backup, to: namespace, without });
  const { absent, differing } = await compareObjects(client, contents, namespace);
  for (const difference of differing) say(`  differs from the backup: ${difference}`);
  // No mending brings what the backup never had: the rest is back all the same.
  for (const { claim, saved, failure } of evidence.volumes)
    if (!saved) say(`  NOT RESTORED: claim ${claim}: ${failure}`);
  const problems = [
    ...restoreProblems({ ...evidence, volumes: evidence.volumes.filter(({ saved }) => saved) }),
    ...absent.filter((each) => !evidence.missing.some((gone) => each.startsWith(`${gone} `))),
  ];
  if (problems.length > 0) {
    throw new UserError(
      `Restore ${evidence.restore} into ${namespace} is not whole:\n${problems.map((each) => `  - ${each}`).join("\n")}\nMend it and look again with --continue, or go back with --undo`,
    );
  }
  return evidence;
}
