import { parseArgs } from "node:util";
import { reasonOf } from "../../lib/kube/errors";

export interface Arguments {
  readonly paths: readonly string[];
  readonly json: boolean;
  readonly remove: boolean;
  readonly standIns: boolean;
  readonly stack: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly timeoutMs: number;
}

export const USAGE = `Usage: npm run verify:mijnbureau -- <directory or file>... [options]

Applies MijnBureau's rendered manifests to the namespaces of a running stack, as the suite's deployer, and reports
what the platform makes of them: workloads, dangling references, required flows, what is reachable beyond them.

  --json              the report as data on standard output
  --delete            remove what an earlier run has applied, and verify nothing
  --keep              leave the applied objects (the default; said for scripts that want to be plain)
  --stack <name>      stack whose configuration is used (default: dev)
  --kubeconfig <file> instead of the one that the stack's configuration names
  --context <name>    context in the kubeconfig
  --timeout <seconds> how long to wait for workloads to become ready (default: 120)
  --stand-in-crds     give the cluster permissive stand-ins for kinds that it lacks (always, on simulated nodes)

Exit status: 0 all well; 1 something is refused, not ready, blocked or unexplained; 2 wrong use.`;

/** @returns the arguments, or what is wrong with them */
export function parseArguments(argv: readonly string[]): Arguments | string {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        delete: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        "stand-in-crds": { type: "boolean", default: false },
        stack: { type: "string", default: "dev" },
        kubeconfig: { type: "string" },
        context: { type: "string" },
        timeout: { type: "string", default: "120" },
      },
    });
  } catch (error) {
    return reasonOf(error);
  }
  const { values, positionals } = parsed;
  const seconds = Number(values.timeout);
  if (positionals.length === 0) return "give the directory of the rendered manifests";
  if (values.delete && values.keep) return "--delete and --keep contradict each other";
  if (!Number.isFinite(seconds) || seconds < 0) return `--timeout ${values.timeout}: is not a number of seconds`;
  return complete(values, positionals, seconds);
}

interface Values {
  readonly json: boolean;
  readonly delete: boolean;
  readonly "stand-in-crds": boolean;
  readonly stack: string;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

function complete(values: Values, paths: readonly string[], seconds: number): Arguments {
  return {
    paths,
    json: values.json,
    remove: values.delete,
    standIns: values["stand-in-crds"],
    stack: values.stack,
    kubeconfig: values.kubeconfig,
    context: values.context,
    timeoutMs: seconds * 1000,
  };
}
