import { existsSync } from "node:fs";
import { checkNode, ensureTools } from "../embedded/toolchain";
import { clusterDown, clusterReset, clusterStatus, clusterUp, type ClusterStatus } from "../embedded/cluster";
import { COMPONENTS } from "../embedded/cluster/components";
import { ClusterError, codeOf, explain } from "../lib/kube/errors";
import { kyvernoUp } from "../embedded/cluster/kyverno";
import { forgetStack } from "../embedded/dev-stack/record";
import { defaultStateDir } from "../embedded/pulumi-env";
import { clusterPaths, defaultClusterDir } from "../embedded/cluster/paths";
import { UserError } from "../lib/errors";

const USAGE = `Usage: npm run cluster -- <command>

  up          start the embedded cluster, or what of it does not run
  down        stop it; its objects stay for the next start
  status      what runs, where its logs are; exit code 1 unless everything is up
  kubeconfig  print the kubeconfig's path: export KUBECONFIG="$(npm run -s cluster -- kubeconfig)"
  reset       stop it and remove all it has written, the dev stack's state included; the next npm start makes everything anew
`;

const say = (line: string): void => {
  console.error(`cluster: ${line}`);
};

async function up(): Promise<number> {
  const binaries = await ensureTools(COMPONENTS, { onProgress: say });
  const cluster = await clusterUp({ binaries, progress: say });
  // Where the stack has Kyverno on, a cluster without its process would admit what the stack means to change or refuse.
  const kyverno = await kyvernoUp({
    dir: cluster.dir,
    progress: say,
    binary: async () => (await ensureTools(["kyverno"], { onProgress: say })).kyverno,
  });
  say(cluster.changed || kyverno === "started" ? "up" : "up already, nothing changed");
  console.log(`API server  ${cluster.server}\nkubeconfig  ${cluster.kubeconfig}\nlogs        ${cluster.logs}`);
  return 0;
}

async function down(): Promise<number> {
  say((await clusterDown({ progress: say })) ? "stopped; its objects are kept" : "nothing runs");
  return 0;
}

async function reset(): Promise<number> {
  const removed = await clusterReset({ progress: say });
  forgetStack(defaultStateDir());
  say(removed ? "stopped and removed" : "there is nothing to remove");
  return 0;
}

async function status(): Promise<number> {
  const found = await clusterStatus();
  console.log(describe(found));
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

function kubeconfig(): Promise<number> {
  const path = clusterPaths(defaultClusterDir()).kubeconfig;
  if (!existsSync(path)) {
    throw new ClusterError("there is no embedded cluster yet. Start it with: npm run cluster -- up");
  }
  console.log(path);
  return Promise.resolve(0);
}

const COMMANDS: Readonly<Record<string, () => Promise<number>>> = { up, down, status, kubeconfig, reset };

async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--help" || name === "-h") {
    console.log(USAGE);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined || rest.length > 0) {
    const wrong = command === undefined ? name : rest.join(" ");
    console.error(`${wrong === "" ? "A command is missing." : `"${wrong}" is not understood.`}\n\n${USAGE}`);
    return 2;
  }
  checkNode();
  return command();
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const expected = error instanceof UserError || codeOf(error) !== undefined;
    console.error(expected ? `cluster: ${explain(error)}` : error);
    process.exitCode = 1;
  },
);
