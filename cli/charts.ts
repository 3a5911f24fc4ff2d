import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
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

/** Exit status: 0 done, 1 something is wrong with a chart, 2 wrong use. */
type ExitStatus = 0 | 1 | 2;

class UsageError extends Error {}

interface Invocation {
  readonly command: string;
  readonly names: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly push: boolean;
  readonly write: boolean;
  readonly new: boolean;
}

function invocation(args: readonly string[]): Invocation {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        from: { type: "string" },
        to: { type: "string" },
        push: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        new: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const [command = "help", ...names] = positionals;
    const { from, to, push, write, new: onlyNew } = values;
    return { command: values.help ? "help" : command, names, from, to, push, write, new: onlyNew };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The charts that were named, or all. */
function selected(names: readonly string[]): LockedChart[] {
  const unknown = names.filter((name) => !chartLock.has(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `no such chart: ${unknown.join(", ")}; charts.lock.json has ${[...chartLock.keys()].join(", ")}`,
    );
  }
  return names.length === 0 ? [...chartLock.values()] : names.map((name) => lockedChart(name));
}

async function execute(call: Invocation, context: CommandContext): Promise<ExitStatus> {
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
    case "help":
      context.print(usage);
      return 0;
    default:
      throw new UsageError(`no such command: ${call.command}`);
  }
}

async function pull(call: Invocation, context: CommandContext): Promise<void> {
  const problems: ChartsError[] = [];
  const attempt = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof ChartsError)) throw error;
      problems.push(error);
    }
  };
  const source = call.from === undefined ? {} : { from: call.from };
  const http = { env: process.env };
  await attempt(pullCharts(context.charts, { cacheRoot: context.cacheRoot, ...source, http, report: context.print }));
  await attempt(crds(context, false));
  if (problems.length > 0) throw new ChartsError(problems.map((problem) => problem.message).join("\n"));
}

/** Runs one command line; returns the exit status and prints problems to standard error. */
export async function main(args: readonly string[]): Promise<ExitStatus> {
  try {
    const call = invocation(args);
    return await execute(call, {
      charts: selected(call.names),
      cacheRoot: chartCacheRoot(process.env, os.homedir()),
      helm: () => findHelm((line) => console.error(line)),
      print: (line) => console.log(line),
    });
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      return 2;
    }
    if (!(error instanceof ChartsError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
  });
}
