import { lostRegions, planFailover, stackName, type FailoverPlan, type Stack } from "../components/recovery/failover";
import { stackConfig } from "../components/stack-file";
import { environments } from "../config/schema";
import { regions } from "../config/regions";
import { UserError } from "../lib/errors";
import { choice, main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import { agreed } from "./recovery/ask";
import { clientOf, ofStack } from "./recovery/cluster";
import { close, goOn, takeOver, undo } from "./recovery/failover";
import { runnerOf } from "./restore";

const USAGE = `Usage: mijnbureau failover --to <region> [--from <region>] [--environment <environment>]

Plans from the two stack files how a region takes over from a lost one, shows every step and what is missing, asks, does what
it can, and says what people must do. Failing back is the same the other way round.

  --to <region>                 the region that takes over
  --from <region>               the lost one; absent: the one whose copies are there
  --environment, -e <name>      ${environments.join(", ")}; prod where it is absent
  --stop                        apps that run in the region that takes over may be brought to rest; what they have is saved
  --dry-run                     only show the plan
  --yes                         do not ask
  --continue                    go on with a failover that was interrupted, or in which an app did not come back
  --undo                        put back what the apps were before a failover that was interrupted
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
    continue: { type: "boolean", default: false },
    undo: { type: "boolean", default: false },
    close: { type: "boolean", default: false },
    timeout: { type: "string", default: "240" },
  });
  noOperands(positionals);
  if (values.to === undefined) throw new UsageError("name the region that takes over: --to <region>");
  if ([values.continue, values.undo, values.close].filter(Boolean).length > 1)
    throw new UsageError("--continue, --undo and --close exclude each other");
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
    await ofStack(client, survivor.name, survivor.config);
    if (values.close) return await close(client, result.plan.location);
    const how = { survivor, stop: values.stop };
    if (values.continue) return await goOn(runner, result.plan, how);
    console.log(describe(result.plan, values.undo));
    if (values["dry-run"]) return 0;
    const says = values.undo ? `${survivor.name} is put back.` : `${survivor.name} takes over from ${lost.name}.`;
    if (!(await agreed(says, from, values.yes))) return 1;
    return await (values.undo ? undo : takeOver)(runner, result.plan, how);
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

const describe = ({ lost, to, location, steps }: FailoverPlan, isUndone: boolean): string =>
  isUndone
    ? `each app that was restored from ${location} goes back to what ${to} saved of it before; ${location} is closed`
    : [
        `${to} takes over from ${lost}:`,
        ...steps.map(({ does, says }, index) => `  ${index + 1}. ${does === "people" ? "yours: " : ""}${says}`),
      ].join("\n");

export const command: Command = {
  name: "failover",
  summary: "let one region take over from another that is lost",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
