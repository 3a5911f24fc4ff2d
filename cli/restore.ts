import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { NAMESPACE as DATABASES } from "../components/operators/cloudnative-pg/places";
import type { Restored } from "../components/operators/databases/settings";
import { veleroSettings } from "../components/operators/velero/settings";
import { storesOf } from "../components/recovery/places";
import { planRestore, restoredParts, type RestorePlan, type RestoreWish } from "../components/recovery/restore";
import { planUndo } from "../components/recovery/undo";
import { stackConfig } from "../components/stack-file";
import type { LoadedConfig } from "../config/load";
import { appKeys, type AppKey } from "../suite/apps";
import { UserError } from "../lib/errors";
import type { KubeClient } from "../lib/kube/client";
import { choice, main, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import { agreed } from "./recovery/ask";
import { clientOf, ofStack, sleep } from "./recovery/cluster";
import { interrupted, runRestore } from "./recovery/run";
import type { Runner } from "./recovery/runner";
import { NAMESPACE, restoreFacts } from "./recovery/velero";

const USAGE = `Usage: mijnbureau restore <app> --stack <stack> [--from <backup> | --at <time>] [--to velero-drill]

Plans the restore of one app, shows it, asks, and does it: saves what is there, brings the app to rest, brings back its
database, volumes and objects, compares them with what the backup recorded, and says what people must do.

  --stack, -s <stack>  the stack
  --from <backup>      this backup; absent: the newest good one
  --at <time>          the newest good one that began before, and the database to that second; e.g. 2026-11-29T14:00:00Z.
                       Absent: the database to the moment of the backup
  --only <part>        database: to the second of --at, else the last one of its archive; objects: everything but the database
  --to velero-drill    beside the app, into the drill's namespace; the database as Cluster <app>-copy beside its own
  --stop               the app may be brought to rest while it runs
  --unsaved            what is there need not be saved first: no --undo then
  --dry-run            only show the plan
  --yes, -y            do not ask
  --continue           go on with an interrupted restore
  --undo               put back what was there before an interrupted restore
  --timeout <minutes>  longest wait for one step; 240 where it is absent

Exit status: 0 all of it is back, 1 not, 2 wrong use.
`;

const options = {
  stack: { type: "string", short: "s" },
  from: { type: "string" },
  at: { type: "string" },
  only: { type: "string" },
  to: { type: "string" },
  stop: { type: "boolean", default: false },
  unsaved: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  yes: { type: "boolean", short: "y", default: false },
  continue: { type: "boolean", default: false },
  undo: { type: "boolean", default: false },
  timeout: { type: "string", default: "240" },
} as const;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, options);
  const [app, ...rest] = positionals;
  if (app === undefined || rest.length > 0) throw new UsageError("name one app");
  if (values.stack === undefined) throw new UsageError("name the stack: --stack <stack>");
  if (values.from !== undefined && values.at !== undefined) throw new UsageError("--from and --at exclude each other");
  if (values.continue && values.undo) throw new UsageError("--continue and --undo exclude each other");
  const only = values.only === undefined ? undefined : choice(values.only, restoredParts, "part");
  if (only === "database" && values.from !== undefined)
    throw new UsageError("--from names a backup of Velero, and databases are in none; name a second: --at");
  const minutes = Number(values.timeout);
  if (!(minutes > 0)) throw new UsageError(`--timeout ${values.timeout}: is not a number of minutes`);
  const config = stackConfig(".", values.stack);
  const client = clientOf(config);
  const runner = runnerOf(client, config, { stack: values.stack, minutes });
  try {
    await ofStack(client, values.stack, config);
    if (values.continue) return await goOn(runner, app);
    if (values.undo) return await undo(runner, app, values);
    return await restore(runner, config, { ...values, app, only });
  } finally {
    client.close();
  }
}

/** What a restore in a stack is done with. */
export const runnerOf = (
  client: KubeClient,
  config: LoadedConfig,
  { stack, minutes }: { readonly stack: string; readonly minutes: number },
): Runner => ({
  ...{ client, sleep, minutes, say: (line) => console.log(line) },
  records: veleroSettings(config.operators) === undefined ? DATABASES : NAMESPACE,
  writeStack: (app, restored) => writeStack(`Pulumi.${stack}.yaml`, app, restored),
});

/** Comments and order of the stack's file stay. */
export function writeStack(file: string, app: AppKey, restored: Restored): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  const place = ["config", "mijnbureau-platform:operators", "databases", "restored", app];
  document.setIn(place, document.createNode(restored));
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}

interface Asked {
  readonly "dry-run": boolean;
  readonly yes: boolean;
}

async function restore(runner: Runner, config: LoadedConfig, wish: RestoreWish & Asked): Promise<ExitStatus> {
  const plan = await planned(runner, config, wish);
  console.log(describe(plan));
  if (wish["dry-run"]) return 0;
  if (!(await agreed("", plan.app, wish.yes))) return 1;
  return report(runner, plan);
}

/** Does the plan, and says what it came to. */
async function report(runner: Runner, plan: RestorePlan, done?: number): Promise<ExitStatus> {
  const shown = await runRestore(runner, plan, done);
  if (shown === undefined) return 0;
  const { objects, volumes, recoveryPointSeconds, recoveryTimeSeconds } = shown;
  const bytes = volumes.reduce((sum, { restored }) => sum + restored, 0);
  console.log(
    `restored: ${objects} objects, ${bytes} bytes of volumes; the backup was ${duration(recoveryPointSeconds)} old, and coming back took ${duration(recoveryTimeSeconds)}`,
  );
  return volumes.every(({ saved }) => saved) ? 0 : 1;
}

/** A plan from what the cluster has now. */
export async function planned(
  { client, records }: Pick<Runner, "client" | "records">,
  config: LoadedConfig,
  wish: RestoreWish,
): Promise<RestorePlan> {
  const app = appKeys.find((key) => key === wish.app);
  const namespace = app === undefined ? "" : config.apps[app].namespace;
  const facts = await restoreFacts(client, {
    ...{ app: wish.app, namespace, to: wish.to ?? namespace, records },
    database: app !== undefined && wish.only !== "objects" && storesOf(config, app).get("postgres") === "cnpg",
    velero: wish.only !== "database" || veleroSettings(config.operators) !== undefined,
  });
  const result = planRestore(config, wish, facts);
  if ("problems" in result) throw new UserError(result.problems.map((problem) => `\n  - ${problem}`).join(""));
  return result.plan;
}

export const describe = ({ says, steps }: RestorePlan): string =>
  [
    `${says}:`,
    ...steps.map(({ does, says: step }, index) => `  ${index + 1}. ${does === "people" ? "yours: " : ""}${step}`),
  ].join("\n");

async function goOn(runner: Runner, app: string): Promise<ExitStatus> {
  const { plan, done } = await found(runner, app);
  return report(runner, plan, done);
}

async function found(runner: Runner, app: string) {
  const record = await interrupted(runner, app);
  if (record === undefined) throw new UserError(`${app}: no restore was interrupted`);
  return record;
}

async function undo(runner: Runner, app: string, asked: Asked): Promise<ExitStatus> {
  const { plan, done } = await found(runner, app);
  if (plan.undoes) {
    console.log(`${app}: it is on its way back already, and goes on`);
    return report(runner, plan, done);
  }
  if (plan.unsaved)
    throw new UserError(`${app}: this restore was begun with --unsaved, and has no way back; go on with --continue`);
  const back = planUndo(plan, done);
  console.log(describe(back));
  if (asked["dry-run"]) return 0;
  if (!(await agreed("", app, asked.yes))) return 1;
  return report(runner, back, 0);
}

const duration = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`;

export const command: Command = {
  name: "restore",
  summary: "bring an app back from a backup",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
