import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline/promises";
import { parseDocument } from "yaml";
import { operatorFacts } from "../components/operator-facts";
import { availableCapabilities } from "../components/operators/frame/stack";
import { planRestore, planUndo, type RestorePlan } from "../components/operators/databases/restore";
import { settings as databaseSettings } from "../components/operators/databases/settings";
import { stackConfig } from "../components/stack-file";
import { UserError } from "../lib/errors";
import { KubeClient } from "../lib/kube/client";
import { z } from "zod";
import { main, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import { readState, runStep } from "./restore-database/cluster";
import { kubeconfigOf } from "./verify/stack";

const USAGE = `Usage: mijnbureau restore-database <app> --stack <stack> (--to <name> | --over) [--at <time>]

Brings the database of an app back to a second, from its archive: as a copy beside it, or over it with the app at rest.

  --stack, -s <stack>   the stack
  --at <time>           the second, e.g. 2026-11-29T14:05:07Z; absent: the last one that the archive has
  --to <name>           a copy of this name beside the database; nothing else changes
  --over                the database itself; a copy shows first that the archive can be restored
  --undo                puts things as they were before a restore that was interrupted
  --dry-run             shows the steps and takes none
  --yes, -y             does not ask
  --kubeconfig <file>   another than the stack's

The same options again go on with a restore that was interrupted.

Exit status: 0 done, 1 not done, 2 wrong use.
`;

const options = {
  stack: { type: "string", short: "s" },
  at: { type: "string" },
  to: { type: "string" },
  over: { type: "boolean", default: false },
  undo: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  yes: { type: "boolean", short: "y", default: false },
  kubeconfig: { type: "string" },
} as const;

const time = z.iso.datetime({ offset: true });
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** @throws {UsageError} */
function asked(args: readonly string[]) {
  const { values, positionals } = parseOptions(args, options);
  const { stack, at, to, over, undo } = values;
  const [app, ...rest] = positionals;
  if (app === undefined) throw new UsageError("name the app whose database it is");
  if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is not understood; one app at a time`);
  if (stack === undefined) throw new UsageError("name the stack: --stack <stack>");
  if ([to !== undefined, over, undo].filter(Boolean).length !== 1) {
    throw new UsageError("say one of --to <name>, --over and --undo");
  }
  if (at !== undefined && !time.safeParse(at).success) {
    throw new UsageError(`--at ${at}: is not a time with its zone; example: 2026-11-29T14:05:07Z`);
  }
  if (to !== undefined && !dnsLabel.test(to)) {
    throw new UsageError(
      `--to ${to}: is not a name of at most 40 lower-case letters, digits and \`-\`; example: ${app}-copy`,
    );
  }
  return { stack, app, at, to, undo, values };
}

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, ...request } = asked(args);
  const config = stackConfig(".", request.stack);
  const own = z.object(databaseSettings).parse(config.operators["databases"] ?? {});
  const none = { customResources: new Map(), apiServices: new Map() };
  const base = operatorFacts(config, none);
  const facts = { ...base, operatorNamespaces: [], capabilities: availableCapabilities([], base.present) };
  const kubeconfig = kubeconfigOf(values.kubeconfig, config, ".");
  const client = new KubeClient({ kubeconfig, context: config.cluster.context });
  try {
    const stack = { settings: own, facts };
    const state = await readState(client, request.app, stack);
    const plan = request.undo ? planUndo(request.app, state, stack) : planRestore(request, state, stack);
    show(plan, request.stack);
    if (values["dry-run"]) return 0;
    if (!values.yes && !(await agreed())) return 1;
    for (const step of plan.steps) {
      console.log(`${step.says} …`);
      await runStep(client, plan.namespace, step);
    }
    if (plan.restored !== undefined) record(request.stack, plan);
    console.log("Done.");
    return 0;
  } finally {
    client.close();
  }
}

function show({ app, namespace, steps, restored }: RestorePlan, stack: string): void {
  console.log(`Database of ${app}, namespace ${namespace}:`);
  for (const [index, { says }] of steps.entries()) console.log(`${String(index + 1).padStart(4)}. ${says}`);
  if (restored !== undefined) {
    console.log(
      `At the end Pulumi.${stack}.yaml gets operators.databases.restored.${app}: ${JSON.stringify(restored)}. Commit it: without it the next \`pulumi up\` leads the log into the old archive.`,
    );
  }
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UserError("nobody is there to be asked; --yes says that it is wanted");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("Go on? Only `yes` does: ");
  terminal.close();
  return answer.trim() === "yes";
}

/** Comments and order of the stack file stay. */
function record(stack: string, { app, restored }: RestorePlan): void {
  const file = path.resolve(`Pulumi.${stack}.yaml`);
  const document = parseDocument(fs.readFileSync(file, "utf8"));
  const place = ["config", "mijnbureau-platform:operators", "databases", "restored", app];
  document.setIn(place, document.createNode(restored));
  fs.writeFileSync(file, document.toString({ lineWidth: 0 }));
}

export const command: Command = {
  name: "restore-database",
  summary: "the database of an app, back to a second",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
