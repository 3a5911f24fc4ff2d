import { defaultClusterDir } from "../embedded/cluster/paths";
import type { KyvernoOutcome } from "../embedded/cluster/kyverno";
import { start, type StartReport } from "../embedded/dev-stack";
import { defaultStateDir } from "../embedded/pulumi-env";
import { checkNode, projectRoot } from "../embedded/toolchain";
import { askedNodes, numberOfNodes } from "./nodes";
import { main, noOperands, parseOptions, type Command, type ExitStatus } from "./command";

const USAGE = `Usage: npm start [-- --force] [-- --nodes <n>]

Brings the platform up on an embedded cluster: finds or builds the tools, starts the control plane, runs
pulumi up on stack dev behind the policy pack. A second run changes nothing.

  --nodes <n>          on n real nodes, whose containers run (Linux, root; docs/embedded.md)
  --install-packages   install the Debian packages that real nodes need and this machine lacks
  --force              run pulumi up even where nothing it reads has changed since it last succeeded
`;

const whereKyvernoRuns: Readonly<Record<KyvernoOutcome, string>> = {
  "not installed": "off",
  "running already": "admission controller runs as a local process (running already)",
  started: "admission controller runs as a local process (started)",
  "in its own pods": "admission controller runs in its own pods",
};

function report({ cluster, up, upLog, kyverno, summary, orphans, changed }: StartReport, seconds: number): string {
  const ran =
    up === undefined
      ? [
          "Nothing to do: no input of the stack has changed since pulumi up last succeeded (npm start -- --force runs it).",
        ]
      : [...up.filter((line) => line.trim() !== ""), `  whole output: ${upLog ?? ""}`];
  return [
    "",
    ...ran,
    "",
    ...summary.lines,
    ...(orphans.length === 0
      ? []
      : [
          `orphans     not of this stack, and nothing manages them (kubectl delete removes one): ${orphans.join(", ")}`,
        ]),
    `kyverno     ${whereKyvernoRuns[kyverno]}`,
    `API server  ${cluster.server}`,
    `kubeconfig  ${cluster.kubeconfig}`,
    `logs        ${cluster.logs} (audit log: ${cluster.auditLog})`,
    "",
    "next        npm run cluster -- status           what runs, and its memory",
    '            eval "$(npm run -s env)"            pulumi and kubectl in this shell work on this stack',
    "            pulumi preview --policy-pack policypack --stack dev",
    "            npm run verify:mijnbureau -- <dir>  MijnBureau's manifests on it",
    "            npm run cluster -- down             stop everything",
    "",
    ending(summary.notReady, changed, seconds),
  ].join("\n");
}

function ending(notReady: readonly string[], changed: boolean, seconds: number): string {
  const time = `(${seconds.toFixed(0)} s)`;
  if (notReady.length > 0) {
    return `Not ready ${time}: ${notReady.join(", ")}. See why with: kubectl describe, or npm run cluster -- status`;
  }
  return `${changed ? "The platform stands" : "The platform stands, nothing changed"} ${time}.`;
}

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    force: { type: "boolean", default: false },
    nodes: { type: "string" },
    "install-packages": { type: "boolean", default: false },
  });
  noOperands(positionals);
  const asked = numberOfNodes(values.nodes);
  checkNode();
  const began = Date.now();
  const stateDir = defaultStateDir();
  const progress = (line: string): void => {
    console.error(`start: ${line}`);
  };
  const dir = defaultClusterDir();
  const nodes = await askedNodes(asked, { dir, installPackages: values["install-packages"], progress });
  const result = await start({
    root: projectRoot(),
    stateDir,
    force: values.force,
    nodes,
    progress,
  });
  console.log(report(result, (Date.now() - began) / 1000));
  return result.summary.notReady.length === 0 ? 0 : 1;
}

export const command: Command = {
  name: "start",
  summary: "bring the platform up on an embedded cluster",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
