import { dayOf, pastDates } from "../config/calendar";
import { ConfigError } from "../config/errors";
import { checksOf, type Check } from "../components/cluster/checks";
import { foreignWorkloads } from "../components/cluster/dedicated";
import { discover } from "../components/cluster/discover";
import { preflight } from "../components/cluster/facts";
import { measure } from "../components/cluster/measure";
import { sender } from "../components/cluster/webhooks";
import { countedOf, knownNamespaces } from "../components/counted";
import { expectationsOf } from "../components/expectations";
import { stackConfig } from "../components/stack-file";
import { recoveryFindings } from "./recovery/preflight";
import { main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const USAGE = `Usage: npm run preflight -- --stack <stack>

Checks Pulumi.<stack>.yaml, then whether its cluster can carry the platform: what must be so before anything
is installed, and what the stack counts on and does not bring. Changes nothing.

  --stack, -s <stack>   the stack
  --keys <file>         keys of the backup buckets (mijnbureau backup --help): looks at them as well
  --ca <file>           certificate of their store's private authority
  --json                as one object, for programs

Each question has one of three answers: yes, no with what to do, or not visible with who can see it.
Exit status: 0 it can, 1 it cannot (an answer is no), 2 wrong use.
`;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    stack: { type: "string", short: "s" },
    keys: { type: "string" },
    ca: { type: "string" },
    json: { type: "boolean", default: false },
  });
  noOperands(positionals);
  const { stack, json } = values;
  if (stack === undefined) throw new UsageError("name the stack: --stack <stack>");
  const config = stackConfig(".", stack);
  const past = pastDates(config, dayOf(new Date()));
  if (past.length > 0) throw new ConfigError(past);
  if (!json) console.log(`Pulumi.${stack}.yaml: valid`);
  const [facts, measured, recovery] = await Promise.all([
    discover(config.cluster),
    measure(sender(config.cluster)),
    recoveryFindings(config, { keys: values.keys, ca: values.ca, now: new Date() }),
  ]);
  const expected = expectationsOf(config, facts);
  const cluster = preflight(expected, facts);
  const errors = [...cluster.errors, ...recovery.errors];
  const warnings = [...cluster.warnings, ...recovery.warnings];
  // Simulated nodes have neither storage nor a network to measure.
  const counted = config.cluster.simulatedNodes ? [] : checksOf(countedOf(config), measured);
  const own = expected.namespaces.map(({ name }) => name);
  const known = knownNamespaces(config, own);
  const checks = [...counted, ...(known === undefined ? [] : [await foreignWorkloads(sender(config.cluster), known)])];
  const fits = errors.length === 0 && checks.every(({ answer }) => answer !== "no");
  const report = { stack, version: facts.version, nodes: facts.nodes.length, fits, errors, warnings, checks };
  if (json) console.log(JSON.stringify(report, undefined, 2));
  else print(report);
  return fits ? 0 : 1;
}

interface Report {
  readonly version: string;
  readonly nodes: number;
  readonly fits: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly checks: readonly Check[];
}

function print({ version, nodes, fits, errors, warnings, checks }: Report): void {
  console.log(`cluster: Kubernetes ${version}, ${nodes} nodes`);
  for (const { check, answer, detail, remedy } of checks) {
    console.log(`${answer.padEnd(12)}${check}: ${detail}${remedy === undefined ? "" : `. ${remedy}`}`);
  }
  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const error of errors) console.log(`error: ${error}`);
  console.log(fits ? "The cluster can carry the platform." : "The cluster cannot carry the platform yet.");
}

export const command: Command = {
  name: "preflight",
  summary: "does a stack's cluster have what it takes?",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
