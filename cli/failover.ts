import {
  lostRegions,
  planFailover,
  stackName,
  type FailoverPlan,
  type FailoverStep,
  type Stack,
} from "../components/recovery/failover";
import { stackConfig } from "../components/stack-file";
import { environments } from "../config/schema";
import { regions } from "../config/regions";
import { UserError } from "../lib/errors";
import type { KubeClient } from "../lib/kube/client";
import { choice, main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import { agreed } from "./recovery/ask";
import { clientOf } from "./recovery/cluster";
import { runRestore } from "./recovery/run";
import type { Runner } from "./recovery/runner";
import { knownBackups, veleroRef } from "./recovery/velero";
import { planned, runnerOf } from "./restore";

const USAGE = `Usage: mijnbureau failover --to <region> [--from <region>] [--environment <environment>]

Plans from the two stack files how a region takes over from a lost one, shows every step and what is missing, asks, does what
it can, and says what people must do. Failing back is the same the other way round.

  --to <region>                 the region that takes over
  --from <region>               the lost one; absent: the one whose copies are there
  --environment, -e <name>      ${environments.join(", ")}; prod where it is absent
  --stop                        apps that run in the region that takes over may be brought to rest; what they have is saved
  --dry-run                     only show the plan
  --yes                         do not ask
  --close                       afterwards: stop listing the other region's backups
  --timeout <minutes>           longest wait for one backup or restore; 240 where it is absent

Exit status: 0 done, 1 not, 2 wrong use.
`;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    to: { type: "string" },
    from: { type: "string" },
    environment: { type: "string", short: "e", default: "prod" },
    stop: { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
    close: { type: "boolean", default: false },
    timeout: { type: "string", default: "240" },
  });
  noOperands(positionals);
  if (values.to === undefined) throw new UsageError("name the region that takes over: --to <region>");
  const names = Object.keys(regions);
  const to = choice(values.to, names, "region");
  const environment = choice(values.environment, environments, "environment");
  const minutes = Number(values.timeout);
  if (!(minutes > 0)) throw new UsageError(`--timeout ${values.timeout}: is not a number of minutes`);
  const from = values.from === undefined ? onlyLost(to) : choice(values.from, names, "region");
  const stack = (region: string): Stack => {
    const name = stackName(environment, region);
    return { name, config: stackConfig(".", name) };
  };
  const [lost, survivor] = [stack(from), stack(to)];
  const result = planFailover(lost, survivor);
  if ("problems" in result) throw new UserError(result.problems.map((problem) => `\n  - ${problem}`).join(""));
  const client = clientOf(survivor.config);
  const runner = runnerOf(client, survivor.config, { stack: survivor.name, minutes });
  try {
    if (values.close) return await close(client, result.plan.location);
    console.log(describe(result.plan));
    if (values["dry-run"]) return 0;
    if (!(await agreed(`${survivor.name} takes over from ${lost.name}.`, from, values.yes))) return 1;
    return await takeOver(runner, result.plan, { survivor, stop: values.stop });
  } finally {
    client.close();
  }
}

function onlyLost(to: string): string {
  const [first, ...others] = lostRegions(to);
  if (first === undefined)
    throw new UserError(
      `no region of config/region-facts.json keeps its second copy in ${to}: nothing can be taken over there`,
    );
  if (others.length > 0)
    throw new UsageError(
      `${[first, ...others].join(", ")} keep their copies in ${to}; name the lost one: --from <region>`,
    );
  return first;
}

const describe = ({ lost, to, steps }: FailoverPlan): string =>
  [
    `${to} takes over from ${lost}:`,
    ...steps.map(({ does, says }, index) => `  ${index + 1}. ${does === "people" ? "yours: " : ""}${says}`),
  ].join("\n");

/** Velero lists a location's backups within this. */
const SYNC_SECONDS = 300;

export async function takeOver(
  runner: Runner,
  plan: FailoverPlan,
  { survivor, stop }: { readonly survivor: Stack; readonly stop: boolean },
): Promise<ExitStatus> {
  const failed: string[] = [];
  for (const [index, step] of plan.steps.entries()) {
    runner.say(
      `${String(index + 1)}/${String(plan.steps.length)} ${step.does === "people" ? "yours: " : ""}${step.says}`,
    );
    try {
      await doStep(runner, step, { survivor, stop });
    } catch (error) {
      // One app that does not come back keeps no other from it; without the copy there is none.
      if (!(error instanceof UserError) || step.does !== "restore-app") throw error;
      failed.push(step.app);
      runner.say(`${step.app}: ${error.message}`);
    }
  }
  if (failed.length === 0) return 0;
  runner.say(`not restored: ${failed.join(", ")}; mend what is said above, then run the same command again`);
  return 1;
}

async function doStep(
  runner: Runner,
  step: FailoverStep,
  { survivor, stop }: { readonly survivor: Stack; readonly stop: boolean },
): Promise<void> {
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
      const from = await newestAt(runner.client, step);
      // The lost region's databases are in archives of its own; the plan says whose part they are.
      const wish = { app: step.app, from, stop, only: "objects" } as const;
      await runRestore(runner, await planned(runner, survivor.config, wish));
    }
  }
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

async function close(client: KubeClient, location: string): Promise<ExitStatus> {
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
      (backup) => backup.location === location && backup.phase === "Completed" && backup.namespaces.includes(namespace),
    )
    .sort((a, b) => b.started.getTime() - a.started.getTime());
  const [newest] = found;
  if (newest === undefined)
    throw new UserError(`location ${location} has no good backup of ${app} (namespace ${namespace})`);
  return newest.name;
}

export const command: Command = {
  name: "failover",
  summary: "let one region take over from another that is lost",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
