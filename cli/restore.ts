import { planRestore, type RestorePlan } from "../components/recovery/restore";
import { stackConfig } from "../components/stack-file";
import type { LoadedConfig } from "../config/load";
import { UserError } from "../lib/errors";
import type { KubeClient } from "../lib/kube/client";
import { main, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import { agreed } from "./recovery/ask";
import { clientOf, sleep } from "./recovery/cluster";
import { interrupted, runRestore, type Runner } from "./recovery/run";
import { restoreFacts } from "./recovery/velero";

const USAGE = `Usage: mijnbureau restore <app> --stack <stack> [--from <backup> | --at <time>] [--to <namespace>]

Plans the restore of one app, shows it, asks, and does it: saves what is there, brings the app to rest, restores, looks
whether all of it came, and says what people must do.

  --stack, -s <stack>  the stack
  --from <backup>      this backup; absent: the newest good one
  --at <time>          the newest good one that began before, e.g. 2026-11-29T14:00:00Z
  --to velero-drill    beside the app, into the drill's namespace
  --stop               the app may be brought to rest while it runs
  --dry-run            only show the plan
  --yes                do not ask
  --continue           go on with an interrupted restore
  --undo               put back what was there before an interrupted restore
  --timeout <minutes>  longest wait for a backup or a restore; 240 where it is absent

Exit status: 0 restored, 1 not, 2 wrong use.
`;

const options = {
  stack: { type: "string", short: "s" },
  from: { type: "string" },
  at: { type: "string" },
  to: { type: "string" },
  stop: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
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
  const minutes = Number(values.timeout);
  if (!(minutes > 0)) throw new UsageError(`--timeout ${values.timeout}: is not a number of minutes`);
  const config = stackConfig(".", values.stack);
  const client = clientOf(config);
  const runner: Runner = { client, say: (line) => console.log(line), sleep, minutes };
  try {
    if (values.continue) return await goOn(runner, app);
    if (values.undo) return await undo(runner, { app, yes: values.yes });
    return await restore(runner, config, { ...values, app });
  } finally {
    client.close();
  }
}

interface Wish {
  readonly app: string;
  readonly from?: string | undefined;
  readonly at?: string | undefined;
  readonly to?: string | undefined;
  readonly stop: boolean;
  readonly "dry-run": boolean;
  readonly yes: boolean;
}

async function restore(runner: Runner, config: LoadedConfig, wish: Wish): Promise<ExitStatus> {
  const plan = await planned(runner.client, config, wish);
  console.log(describe(plan));
  if (wish["dry-run"]) return 0;
  if (!(await agreed("", plan.app, wish.yes))) return 1;
  const measured = await runRestore(runner, plan);
  if (measured !== undefined) {
    const { objects, bytes, recoveryPointSeconds, recoveryTimeSeconds } = measured;
    console.log(
      `restored: ${objects} objects, ${bytes} bytes of volumes; the backup was ${duration(recoveryPointSeconds)} old, and coming back took ${duration(recoveryTimeSeconds)}`,
    );
  }
  return 0;
}

/** A plan from what the cluster has now. */
export async function planned(
  client: KubeClient,
  config: LoadedConfig,
  wish: Pick<Wish, "app" | "from" | "at" | "to" | "stop">,
): Promise<RestorePlan> {
  const known: Readonly<Record<string, { readonly namespace: string } | undefined>> = config.apps;
  const namespace = wish.to ?? known[wish.app]?.namespace ?? "";
  const result = planRestore(config, wish, await restoreFacts(client, wish.app, namespace));
  if ("problems" in result) throw new UserError(result.problems.map((problem) => `\n  - ${problem}`).join(""));
  return result.plan;
}

export const describe = ({ app, backup, steps }: RestorePlan): string =>
  [
    `${app} from ${backup.name}, begun ${backup.started.toISOString()}, at location ${backup.location}:`,
    ...steps.map(({ does, says }, index) => `  ${index + 1}. ${does === "people" ? "yours: " : ""}${says}`),
  ].join("\n");

async function goOn(runner: Runner, app: string): Promise<ExitStatus> {
  const found = await interrupted(runner.client, app);
  if (found === undefined) throw new UserError(`${app}: no restore was interrupted`);
  await runRestore(runner, found.plan, found.done);
  return 0;
}

/** Back to the backup that the interrupted run made first. */
async function undo(
  runner: Runner,
  { app, yes }: { readonly app: string; readonly yes: boolean },
): Promise<ExitStatus> {
  const found = await interrupted(runner.client, app);
  if (found === undefined) throw new UserError(`${app}: no restore was interrupted`);
  const before = found.plan.steps.find((step) => step.does === "backup");
  if (before?.does !== "backup" || found.done === 0) {
    console.log(`${app}: nothing was changed yet; the record is removed`);
    await runRestore(runner, { ...found.plan, steps: [] });
    return 0;
  }
  if (!(await agreed(`${app} goes back to ${before.name}.`, app, yes))) return 1;
  const steps = found.plan.steps
    .filter(({ does }) => does === "rest" || does === "remove-claims" || does === "restore" || does === "check")
    .map((step) => {
      if (step.does === "restore") {
        const says = `restore ${before.name}`;
        return { ...step, name: `${step.name}-undo`, says, spec: { ...step.spec, backupName: before.name } };
      }
      return step.does === "check" ? { ...step, restore: `${step.restore}-undo` } : step;
    });
  await runRestore(runner, { ...found.plan, steps });
  return 0;
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
