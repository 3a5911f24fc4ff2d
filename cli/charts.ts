import * as os from "node:os";
import * as path from "node:path";
import { chartCacheRoot } from "../components/charts/cache";
import { chartLock, lockedChart, type LockedChart } from "../components/charts/lock";
import { projectRoot } from "../embedded/toolchain";
import { crds, list, mirror, verify, type CommandContext } from "./charts/commands";
import { ChartsError } from "./charts/error";
import { findHelm } from "./charts/helm";
import { hookReport } from "./charts/hooks";
import { pinCharts } from "./charts/pin";
import { pullCharts } from "./charts/pull";
import { valuesCommand } from "./charts/values";
import { UserError } from "../lib/errors";
import { choice, main, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const usage = `Usage: npm run charts -- <command> [chart…]

  pull    fetch the pinned charts into the cache, each checked against charts.lock.json before it is unpacked
            --from oci://… | https://… | <folder>   a mirror instead of upstream
  pin     complete charts.lock.json with the digests that each project's own index gives, where it lacks them
  verify  check the charts in the cache
  list    the pinned charts, and what the cache holds
  crds    prepare the CRDs of the charts in the cache (pull does this too; Helm renders those that are templates)
  mirror  --to oci://…   print the commands that copy the cached packages to a registry; --push runs them
  hooks   each Helm hook of each chart, and what replaces it
  values  check that each value that an operator sets has an effect in its chart
            --write   record the result in components/charts/recorded-keys.json
            --new     only keys that are not on record yet

The cache is $XDG_CACHE_HOME/mijnbureau-platform/charts (default ~/.cache). Proxies are read from HTTPS_PROXY, HTTP_PROXY
and NO_PROXY; a private certificate authority from NODE_EXTRA_CA_CERTS.
`;

interface Invocation {
  readonly command: (typeof commands)[number];
  readonly names: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly push: boolean;
  readonly write: boolean;
  readonly new: boolean;
}

const commands = ["pull", "pin", "verify", "list", "crds", "mirror", "hooks", "values"] as const;

function invocation(args: readonly string[]): Invocation {
  const { values, positionals } = parseOptions(args, {
    from: { type: "string" },
    to: { type: "string" },
    push: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    new: { type: "boolean", default: false },
  });
  const [command, ...names] = positionals;
  if (command === undefined) throw new UsageError("a command is missing");
  const { from, to, push, write, new: onlyNew } = values;
  return { command: choice(command, commands, "command"), names, from, to, push, write, new: onlyNew };
}

/** The charts that were named, or all. */
function selected(names: readonly string[]): LockedChart[] {
  const known = [...chartLock.keys()];
  return names.length === 0 ? [...chartLock.values()] : names.map((name) => lockedChart(choice(name, known, "chart")));
}

async function carryOut(call: Invocation, context: CommandContext): Promise<ExitStatus> {
  switch (call.command) {
    case "pull":
      await pull(call, context);
      return 0;
    case "pin":
      await pinCharts(context.charts, {
        lockFile: path.join(projectRoot(), "charts.lock.json"),
        http: { env: process.env },
        report: context.print,
      });
      return 0;
    case "verify":
      return verify(context) ? 0 : 1;
    case "list":
      list(context);
      return 0;
    case "crds":
      await crds(context, true);
      return 0;
    case "mirror":
      if (call.to === undefined) throw new UsageError("mirror needs --to oci://…");
      await mirror(context, call.to, call.push);
      return 0;
    case "hooks": {
      const { lines, problems } = hookReport(context.charts, context.cacheRoot);
      for (const line of lines) context.print(line);
      return problems.length === 0 ? 0 : 1;
    }
    case "values":
      return (await valuesCommand(context, { write: call.write, onlyNew: call.new })) ? 0 : 1;
  }
}

async function pull(call: Invocation, context: CommandContext): Promise<void> {
  const problems: ChartsError[] = [];
  const attempt = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error);
    }
  };
  const source = call.from === undefined ? {} : { from: call.from };
  const http = { env: process.env };
  await attempt(pullCharts(context.charts, { cacheRoot: context.cacheRoot, ...source, http, report: context.print }));
  await attempt(crds(context, false));
  if (problems.length > 0) throw new ChartsError(problems.map((problem) => problem.message).join("\n"));
}

async function run(args: readonly string[]): Promise<ExitStatus> {
  const call = invocation(args);
  return carryOut(call, {
    charts: selected(call.names),
    cacheRoot: chartCacheRoot(process.env, os.homedir()),
    helm: () => findHelm((line) => console.error(line)),
    print: (line) => console.log(line),
  });
}

export const command: Command = {
  name: "charts",
  summary: "the pinned charts: pull, verify, list, crds, mirror, hooks, values",
  usage,
  run,
};

if (require.main === module) main(command);
