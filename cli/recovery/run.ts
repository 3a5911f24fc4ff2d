import { z } from "zod";
import { AS_FILES, backupTemplate } from "../../components/operators/velero/objects";
import { explainFailure, type RestorePlan, type RestoreStep } from "../../components/recovery/restore";
import { UserError } from "../../lib/errors";
import { at, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { NAMESPACE, recordRef, text, VELERO, veleroRef } from "./velero";

export interface Runner {
  readonly client: KubeClient;
  readonly say: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Longest wait for a backup or a restore. */
  readonly minutes: number;
}

/** What one restore measured: how old what came back is, and how long it took. */
export interface Measured {
  readonly objects: number;
  readonly bytes: number;
  readonly recoveryPointSeconds: number;
  readonly recoveryTimeSeconds: number;
}

/**
 * Does what a plan says, step by step, and writes down in the cluster how far it came: an interrupted run goes on where it
 * stopped, because no step does harm a second time.
 */
export async function runRestore(runner: Runner, plan: RestorePlan, done = 0): Promise<Measured | undefined> {
  const { client, say } = runner;
  let measured: Measured | undefined;
  for (const [index, step] of plan.steps.entries()) {
    if (index < done) continue;
    await client.apply(recordOf(plan, index), { force: true });
    say(`${String(index + 1)}/${String(plan.steps.length)} ${step.does === "people" ? "yours: " : ""}${step.says}`);
    measured = (await doStep(runner, step, plan)) ?? measured;
  }
  await client.delete(recordRef(plan.app));
  return measured;
}

const recorded = z.object({ data: z.object({ plan: z.string(), done: z.string() }) });

/** The plan of an interrupted run, and how many of its steps are done. */
export async function interrupted(
  client: KubeClient,
  app: string,
): Promise<{ readonly plan: RestorePlan; readonly done: number } | undefined> {
  const found = await client.find(recordRef(app));
  if (found === undefined) return undefined;
  const { plan, done } = recorded.parse(found).data;
  const read = z
    .custom<RestorePlan>((value) => typeof value === "object" && value !== null && Array.isArray(at(value, "steps")))
    .parse(JSON.parse(plan));
  return { plan: { ...read, backup: { ...read.backup, started: new Date(read.backup.started) } }, done: Number(done) };
}

function recordOf(plan: RestorePlan, done: number): KubeObject {
  const { apiVersion, kind, name, namespace } = recordRef(plan.app);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: namespace ?? NAMESPACE },
    data: {
      restore: plan.name,
      began: plan.name.replace(`${plan.app}-`, ""),
      done: String(done),
      plan: JSON.stringify(plan),
    },
  };
}

async function doStep(runner: Runner, step: RestoreStep, plan: RestorePlan): Promise<Measured | undefined> {
  const { client } = runner;
  switch (step.does) {
    case "people":
      return undefined;
    case "backup":
      await backUp(runner, step);
      return undefined;
    case "rest":
      await bringToRest(runner, step.namespace);
      return undefined;
    case "remove-claims":
      for (const name of step.claims) {
        await client.delete({ apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace: step.namespace });
      }
      await until(runner, "the claims are gone", async () => {
        const left = await client.list(
          { apiVersion: "v1", kind: "PersistentVolumeClaim" },
          { namespace: step.namespace },
        );
        return left.some(({ metadata }) => step.claims.includes(metadata.name ?? "")) ? undefined : true;
      });
      return undefined;
    case "restore":
      await restore(runner, step);
      return undefined;
    case "check":
      return check(runner, step, plan);
  }
}

async function backUp(
  runner: Runner,
  { name, namespace, location }: Extract<RestoreStep, { does: "backup" }>,
): Promise<void> {
  const { client } = runner;
  const policy = { apiVersion: "v1", kind: "ConfigMap", name: AS_FILES, namespace: NAMESPACE };
  if ((await client.find(veleroRef("Backup", name))) === undefined) {
    const asFiles = (await client.find(policy)) !== undefined;
    await client.create({
      apiVersion: VELERO,
      kind: "Backup",
      metadata: { name, namespace: NAMESPACE },
      spec: backupTemplate({ namespaces: [namespace], storageLocation: location, ttl: "168h0m0s", asFiles }),
    });
  }
  await completed(runner, "Backup", name, "Nothing was changed; what is there goes on as it was");
}

async function restore(runner: Runner, { name, spec }: Extract<RestoreStep, { does: "restore" }>): Promise<void> {
  const { client } = runner;
  if ((await client.find(veleroRef("Restore", name))) === undefined) {
    await client.create({ apiVersion: VELERO, kind: "Restore", metadata: { name, namespace: NAMESPACE }, spec });
  }
  await completed(
    runner,
    "Restore",
    name,
    "What went before is saved: go back with --undo, or mend it and go on with --continue",
  );
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

const OVER = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];

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

async function check(
  runner: Runner,
  { restore: name, namespace }: Extract<RestoreStep, { does: "check" }>,
  plan: RestorePlan,
): Promise<Measured> {
  const { client } = runner;
  const found = await client.get(veleroRef("Restore", name));
  const number = (...path: readonly string[]): number => Number(at(found, "status", ...path) ?? 0);
  const restored = number("progress", "itemsRestored");
  const problems: string[] = [];
  if (restored === 0) problems.push(`nothing was restored: ${plan.backup.name} holds nothing of ${plan.namespace}`);
  const downloads = await client.list(
    { apiVersion: "velero.io/v2alpha1", kind: "DataDownload" },
    { namespace: NAMESPACE, labelSelector: `velero.io/restore-name=${name}` },
  );
  let bytes = 0;
  for (const download of downloads) {
    const claim = text(download, "spec", "targetVolume", "pvc");
    const [size, done] = [
      Number(at(download, "spec", "snapshotSize") ?? 0),
      Number(at(download, "status", "progress", "bytesDone") ?? 0),
    ];
    const phase = text(download, "status", "phase");
    bytes += done;
    if (phase !== "Completed")
      problems.push(`volume of claim ${claim}: ${phase}, ${explainFailure(text(download, "status", "message"))}`);
    else if (done < size) problems.push(`volume of claim ${claim}: ${String(done)} of ${String(size)} bytes`);
  }
  if (problems.length > 0) {
    throw new UserError(
      `Restore ${name} into ${namespace} is not whole:\n${problems.map((each) => `  - ${each}`).join("\n")}`,
    );
  }
  const seconds = (from: Date, to: Date): number => Math.round((to.getTime() - from.getTime()) / 1000);
  const [began, ended] = [
    new Date(found.metadata.creationTimestamp ?? 0),
    new Date(text(found, "status", "completionTimestamp")),
  ];
  return {
    objects: restored,
    bytes,
    recoveryPointSeconds: seconds(plan.backup.started, began),
    recoveryTimeSeconds: seconds(began, ended),
  };
}

async function until<T>({ minutes, sleep }: Runner, what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  for (;;) {
    const result = await probe();
    if (result !== undefined) return result;
    if (Date.now() > deadline)
      throw new UserError(`not within ${String(minutes)} minutes: ${what}. It may still happen; go on with --continue`);
    await sleep(1000);
  }
}
