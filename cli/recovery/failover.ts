import { z } from "zod";
import type { FailoverPlan, FailoverStep, Stack } from "../../components/recovery/failover";
import type { AppKey } from "../../suite/apps";
import { planUndo } from "../../components/recovery/undo";
import { UserError } from "../../lib/errors";
import type { KubeClient, ObjectRef } from "../../lib/kube/client";
import type { ExitStatus } from "../command";
import { planned } from "../restore";
import { Progress } from "./progress";
import { interrupted, runRestore } from "./run";
import type { Runner } from "./runner";
import { knownBackups, veleroRef } from "./velero";

/** Velero lists a location's backups within this. */
const SYNC_SECONDS = 300;

interface How {
  readonly survivor: Stack;
  readonly stop: boolean;
}

/** How far a failover came, and which apps did not come back. */
const recorded = z.object({
  data: z.object({
    began: z.coerce.date(),
    done: z.coerce.number(),
    failed: z.string().transform((apps) => apps.split(" ").filter((app) => app !== "")),
  }),
});
type Reached = z.infer<typeof recorded>["data"];

const recordRef = ({ records }: Runner, { location }: FailoverPlan): ObjectRef => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", name: `mijnbureau-failover-${location}`, namespace: records },
});

const recordOf = ({ began, done, failed }: Reached): Readonly<Record<string, string>> => ({
  began: began.toISOString(),
  done: String(done),
  failed: failed.join(" "),
});

/** @throws {UserError} where there is nothing to go on with. */
async function reachedBy(runner: Runner, plan: FailoverPlan): Promise<Reached> {
  const found = await runner.client.find(recordRef(runner, plan));
  if (found === undefined) throw new UserError(`no failover from ${plan.lost} to ${plan.to} was interrupted`);
  return recorded.parse(found).data;
}

/** From the first step on. */
export async function takeOver(runner: Runner, plan: FailoverPlan, how: How): Promise<ExitStatus> {
  const reached = { began: new Date(), done: 0, failed: [] };
  const progress = await Progress.begin(
    runner.client,
    recordRef(runner, plan),
    recordOf(reached),
    `a failover from ${plan.lost} is under way or was interrupted: go on with --continue, or go back with --undo`,
  );
  return steps(runner, plan, { ...how, progress, reached });
}

/** From the step that an interrupted one came to, with the apps that did not come back. */
export async function goOn(runner: Runner, plan: FailoverPlan, how: How): Promise<ExitStatus> {
  const reached = await reachedBy(runner, plan);
  const progress = await Progress.takeOver(runner.client, recordRef(runner, plan));
  return steps(runner, plan, { ...how, progress, reached });
}

async function steps(
  runner: Runner,
  plan: FailoverPlan,
  { progress, reached, ...how }: How & { readonly progress: Progress; readonly reached: Reached },
): Promise<ExitStatus> {
  const failed: string[] = [];
  for (const [index, step] of plan.steps.entries()) {
    const again = step.does === "restore-app" && reached.failed.includes(step.app);
    if (index < reached.done && !again) continue;
    const done = Math.max(index, reached.done);
    const open = [...new Set([...failed, ...(index < reached.done ? reached.failed : [])])];
    await progress.write(recordOf({ ...reached, done, failed: open }));
    runner.say(
      `${String(index + 1)}/${String(plan.steps.length)} ${step.does === "people" ? "yours: " : ""}${step.says}`,
    );
    try {
      await doStep(runner, step, how);
    } catch (error) {
      // One app that does not come back keeps no other from it; without the copy there is none.
      if (!(error instanceof UserError) || step.does !== "restore-app") throw error;
      failed.push(step.app);
      runner.say(`${step.app}: ${error.message}`);
    }
  }
  if (failed.length === 0) {
    await progress.end();
    return 0;
  }
  await progress.write(recordOf({ ...reached, done: plan.steps.length, failed }));
  runner.say(`not restored: ${failed.join(", ")}; mend what is said above, then go on with --continue`);
  return 1;
}

async function doStep(runner: Runner, step: FailoverStep, { survivor, stop }: How): Promise<void> {
  switch (step.does) {
    case "people":
      return;
    case "open-copy":
      await open(runner, step.location);
      return;
    case "close-copy":
      await close(runner.client, step.location);
      return;
    case "restore-app": {
      const before = await interrupted(runner, step.app);
      if (before !== undefined) {
        await runRestore(runner, before.plan, before.done);
        return;
      }
      const from = await newestAt(runner.client, step);
      // The lost region's databases are in archives of its own; the plan says whose part they are.
      const wish = { app: step.app, from, stop, only: "objects" } as const;
      await runRestore(runner, await planned(runner, survivor.config, wish));
    }
  }
}

/** Each app as it was before an interrupted failover, by the backup that its restore made first. */
export async function undo(runner: Runner, plan: FailoverPlan, { survivor }: How): Promise<ExitStatus> {
  const { began, done, failed } = await reachedBy(runner, plan);
  const progress = await Progress.takeOver(runner.client, recordRef(runner, plan));
  for (const step of plan.steps.slice(0, done + 1)) {
    if (step.does !== "restore-app") continue;
    await progress.write(recordOf({ began, done, failed }));
    await appBack(runner, step, { survivor, began });
  }
  await close(runner.client, plan.location);
  await progress.end();
  return 0;
}

async function appBack(
  runner: Runner,
  { app, namespace }: { readonly app: AppKey; readonly namespace: string },
  { survivor, began }: { readonly survivor: Stack; readonly began: Date },
): Promise<void> {
  const half = await interrupted(runner, app);
  if (half !== undefined) {
    const [back, from] = half.plan.undoes ? [half.plan, half.done] : [planUndo(half.plan, half.done), 0];
    await runRestore(runner, back, from);
    return;
  }
  // Kubernetes writes whole seconds.
  const since = Math.floor(began.getTime() / 1000) * 1000;
  const [saved] = (await knownBackups(runner.client))
    .filter(
      (backup) =>
        backup.beforeRestore === true &&
        backup.phase === "Completed" &&
        backup.namespaces.includes(namespace) &&
        backup.started.getTime() >= since,
    )
    .sort((a, b) => a.started.getTime() - b.started.getTime());
  if (saved === undefined) {
    runner.say(`${app}: had nothing before; what was restored stays`);
    return;
  }
  const wish = { app, from: saved.name, stop: true, only: "objects" } as const;
  await runRestore(runner, await planned(runner, survivor.config, wish));
}

async function open({ client, sleep: wait }: Runner, location: string): Promise<void> {
  const ref = veleroRef("BackupStorageLocation", location);
  if ((await client.find(ref)) === undefined) {
    throw new UserError(
      `backup location ${location} is not in the cluster: run pulumi up with operators.velero.received first`,
    );
  }
  await client.patch(ref, { spec: { backupSyncPeriod: "1m0s" } });
  const deadline = Date.now() + SYNC_SECONDS * 1000;
  while (!(await knownBackups(client)).some((backup) => backup.location === location)) {
    if (Date.now() > deadline)
      throw new UserError(
        `backup location ${location} lists no backup after ${SYNC_SECONDS} s: kubectl -n velero get backupstoragelocations.velero.io ${location} says why`,
      );
    await wait(1000);
  }
}

/** The lost region's backups are listed no longer. */
export async function close(client: KubeClient, location: string): Promise<ExitStatus> {
  await client.patch(veleroRef("BackupStorageLocation", location), { spec: { backupSyncPeriod: "0s" } });
  for (const backup of await knownBackups(client)) {
    // The object alone: the location is read only, and what is in the bucket stays.
    if (backup.location === location) await client.delete(veleroRef("Backup", backup.name));
  }
  return 0;
}

async function newestAt(
  client: KubeClient,
  { app, location, namespace }: Extract<FailoverStep, { does: "restore-app" }>,
): Promise<string> {
  const found = (await knownBackups(client))
    .filter(
      (backup) =>
        backup.location === location &&
        backup.phase === "Completed" &&
        // Such a one has what somebody wanted to be rid of.
        backup.beforeRestore !== true &&
        backup.namespaces.includes(namespace),
    )
    .sort((a, b) => b.started.getTime() - a.started.getTime());
  const [newest] = found;
  if (newest === undefined)
    throw new UserError(`location ${location} has no good backup of ${app} (namespace ${namespace})`);
  return newest.name;
}
