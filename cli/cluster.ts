import { existsSync } from "node:fs";
import { checkNode, ensureTools } from "../embedded/toolchain";
import { clusterDown, clusterReset, clusterStatus, clusterUp, type ClusterStatus } from "../embedded/cluster";
import { COMPONENTS } from "../embedded/cluster/components";
import { ClusterError } from "../lib/kube/errors";
import { kyvernoUp } from "../embedded/cluster/kyverno";
import { forgetStack } from "../embedded/dev-stack/record";
import { defaultStateDir } from "../embedded/pulumi-env";
import { clusterPaths, defaultClusterDir } from "../embedded/cluster/paths";
import { askedNodes, numberOfNodes } from "./nodes";
import { imagesTable } from "../embedded/nodes/images";
import { choice, main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const USAGE = `Usage: npm run cluster -- <command> [options]

  up          start the embedded cluster, or what of it does not run
  down        stop it; its objects stay for the next start
  status      what runs, where its logs are; exit code 1 unless everything is up; --json for programs
  kubeconfig  print the kubeconfig's path: export KUBECONFIG="$(npm run -s cluster -- kubeconfig)"
  reset       stop it and remove all it has written, the dev stack's state included; the next npm start makes everything anew

  up --nodes <n>          beside the simulated nodes, n real ones whose containers run (Linux, root; docs/embedded.md)
  up --install-packages   install the Debian packages that real nodes need and this machine lacks
`;

const say = (line: string): void => {
  console.error(`cluster: ${line}`);
};

interface Given {
  readonly json: boolean;
  readonly nodes: number | undefined;
  readonly installPackages: boolean;
}

async function up({ nodes: asked, installPackages }: Given): Promise<ExitStatus> {
  const nodes = await askedNodes(asked, { dir: defaultClusterDir(), installPackages, progress: say });
  const binaries = await ensureTools(COMPONENTS, { onProgress: say });
  const cluster = await clusterUp({ binaries, progress: say, nodes });
  // Where the stack has Kyverno on, a cluster without its process would admit what the stack means to change or refuse.
  const kyverno = await kyvernoUp({
    dir: cluster.dir,
    progress: say,
    binary: async () => (await ensureTools(["kyverno"], { onProgress: say })).kyverno,
  });
  say(cluster.changed || kyverno === "started" ? "up" : "up already, nothing changed");
  console.log(`API server  ${cluster.server}\nkubeconfig  ${cluster.kubeconfig}\nlogs        ${cluster.logs}`);
  if (nodes !== undefined) console.log(imagesTable(nodes.images).join("\n"));
  return 0;
}

async function down(): Promise<ExitStatus> {
  say((await clusterDown({ progress: say })) ? "stopped; its objects are kept" : "nothing runs");
  return 0;
}

async function reset(): Promise<ExitStatus> {
  const removed = await clusterReset({ progress: say });
  forgetStack(defaultStateDir());
  say(removed ? "stopped and removed" : "there is nothing to remove");
  return 0;
}

async function status({ json }: Given): Promise<ExitStatus> {
  const found = await clusterStatus();
  console.log(json ? JSON.stringify(found, undefined, 2) : describe(found));
  return found.up ? 0 : 1;
}

function describe(status: ClusterStatus): string {
  const megabytes = (bytes: number | undefined): string =>
    bytes === undefined ? "" : `${(bytes / 2 ** 20).toFixed(0)} MB`;
  const lines = status.processes.map(({ name, pid, running, memoryBytes, log }) => {
    const state = running ? "running" : "stopped";
    return [
      name.padEnd(24),
      state,
      String(running ? pid : "").padStart(8),
      megabytes(memoryBytes).padStart(7),
      log ?? "",
    ].join("  ");
  });
  const total = status.processes.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
  const summary = status.up
    ? `up: Kubernetes ${status.version ?? ""} at ${status.server ?? ""}, ${megabytes(total)} of memory, kubeconfig ${status.kubeconfig}`
    : `not up: ${status.problems.join(" ")} Start it with: npm run cluster -- up`;
  return [...lines, summary].join("\n");
}

function kubeconfig(): Promise<ExitStatus> {
  const path = clusterPaths(defaultClusterDir()).kubeconfig;
  if (!existsSync(path)) {
    throw new ClusterError("there is no embedded cluster yet. Start it with: npm run cluster -- up");
  }
  console.log(path);
  return Promise.resolve(0);
}

const ACTIONS = { up, down, status, kubeconfig, reset };
const actionNames = ["up", "down", "status", "kubeconfig", "reset"] as const;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    json: { type: "boolean", default: false },
    nodes: { type: "string" },
    "install-packages": { type: "boolean", default: false },
  });
  const [name, ...rest] = positionals;
  if (name === undefined) throw new UsageError("a command is missing");
  noOperands(rest);
  const action = choice(name, actionNames, "command");
  if (values.json && action !== "status") throw new UsageError(`--json goes with status, not with ${action}`);
  const nodes = numberOfNodes(values.nodes);
  const installPackages = values["install-packages"];
  if ((nodes !== undefined || installPackages) && action !== "up") {
    throw new UsageError(`--nodes and --install-packages go with up, not with ${action}`);
  }
  checkNode();
  return ACTIONS[action]({ json: values.json, nodes, installPackages });
}

export const command: Command = {
  name: "cluster",
  summary: "the embedded cluster: up, down, status, kubeconfig, reset",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
