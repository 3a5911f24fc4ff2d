import { join } from "node:path";
import { REGION, NETWORK } from "../cluster/network";
import type { ClusterPaths } from "../cluster/paths";
import type { ProcessSpec } from "../cluster/processes";
import { kubeletLabels } from "./config";
import { API_SERVER_PORT, enterNode, INSIDE, REGISTRY, type NodePlace } from "./layout";

/** Programs of a node that come from the toolchain, by the name they have in it. */
export const NODE_TOOLS = ["node-helper", "kubelet", "kube-proxy", "kube-network-policies"] as const;
export type NodeBinaries = Readonly<Record<(typeof NODE_TOOLS)[number], string>>;

const ENVIRONMENT = { HOME: "/root", PATH: "/usr/sbin:/usr/bin:/sbin:/bin", GOGC: "50", TMPDIR: "/run/tmp" };

/** Holds the control plane's network: a namespace is there as long as a process is in it. */
export const networkSpec = (paths: ClusterPaths, helper: string): ProcessSpec => ({
  name: "network",
  command: helper,
  enter: ["unshare", "--net", "--"],
  args: ["init"],
  env: ENVIRONMENT,
  cwd: paths.dir,
  log: join(paths.logs, "network.log"),
  inputs: [],
});

/** A port of the machine, answered by the same or another port in the control plane's network. */
export const relaySpec = (
  paths: ClusterPaths,
  helper: string,
  { name, network, from, to }: { name: string; network: number; from: number; to: number },
): ProcessSpec => ({
  name,
  command: helper,
  args: [
    "relay",
    `--listen=127.0.0.1:${String(from)}`,
    `--dial=127.0.0.1:${String(to)}`,
    `--dial-in=/proc/${String(network)}/ns/net`,
  ],
  env: ENVIRONMENT,
  cwd: paths.dir,
  log: join(paths.logs, `${name}.log`),
  inputs: [],
});

/** The node itself: process 1 of namespaces of its own, which the kernel ends together. */
export const nodeSpec = (
  paths: ClusterPaths,
  node: NodePlace,
  { helper, madeFrom }: { readonly helper: string; readonly madeFrom: string },
): ProcessSpec => ({
  name: node.name,
  command: helper,
  enter: [
    "unshare",
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child=SIGKILL",
    "--mount-proc",
    "--propagation=private",
    "--",
  ],
  args: ["init", node.name],
  env: { ...ENVIRONMENT, MADE_FROM: madeFrom },
  cwd: paths.dir,
  log: join(paths.logs, `${node.name}.log`),
  inputs: [],
});

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its configuration in the node's folder: a change means a restart. */
  readonly inputs?: readonly string[];
  /** What it needs before it starts: a socket of the program before it. */
  readonly after?: string;
}

const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

/** What runs on a node, in the order in which it starts. */
function programs(node: NodePlace, gvisor: boolean): readonly Program[] {
  const inside = (name: string): string => `${INSIDE.dir}/${name}`;
  const own = (name: string): string => `${INSIDE.bin}/${name}`;
  return [
    {
      name: "registry",
      command: own("node-helper"),
      args: ["registry", `--listen=${REGISTRY}`, `--images=${inside("images.json")}`, `--scratch=${inside("layers")}`],
      inputs: ["images.json"],
    },
    {
      name: "containerd",
      command: "/usr/bin/containerd",
      args: ["--config", inside("containerd.toml")],
      // Where it looks for shims: the distribution's first.
      env: { PATH: `${ENVIRONMENT.PATH}:${INSIDE.bin}` },
    },
    {
      name: "kube-network-policies",
      command: own("kube-network-policies"),
      args: [
        `--hostname-override=${node.name}`,
        "--disable-nri",
        "--netfilter-bug-1766-fix=false",
        "--metrics-bind-address=127.0.0.1:9080",
      ],
      env: { KUBERNETES_SERVICE_HOST: NETWORK.controlPlaneNode, KUBERNETES_SERVICE_PORT: String(API_SERVER_PORT) },
    },
    { name: "kube-proxy", command: own("kube-proxy"), args: ["--config", inside("kube-proxy.yaml")] },
    {
      name: "volumes",
      command: own("node-helper"),
      args: ["volumes", `--settings=${inside("volumes.json")}`, `--node=${node.name}`, `--folder=${INSIDE.volumes}`],
    },
    {
      name: "secrets",
      command: own("node-helper"),
      args: ["secrets", `--settings=${inside("volumes.json")}`],
    },
    {
      name: "kubelet",
      command: own("kubelet"),
      args: [
        `--config=${inside("kubelet.yaml")}`,
        `--kubeconfig=${inside("kubelet.kubeconfig")}`,
        `--hostname-override=${node.name}`,
        `--node-ip=${node.address}`,
        `--node-labels=${kubeletLabels(node, REGION, gvisor)}`,
      ],
      inputs: ["kubelet.yaml"],
      after: CONTAINERD_SOCKET,
    },
  ];
}

export interface NodeProgram {
  readonly spec: ProcessSpec;
  readonly after: string | undefined;
}

export function programSpecs(
  paths: ClusterPaths,
  node: NodePlace,
  { init, binaries, gvisor }: { readonly init: number; readonly binaries: NodeBinaries; readonly gvisor: boolean },
): readonly NodeProgram[] {
  const found: Readonly<Record<string, string>> = binaries;
  return programs(node, gvisor).map(({ name, command, args, env = {}, inputs = [], after }) => ({
    after,
    spec: {
      name: `${node.name}/${name}`,
      command,
      enter: enterNode(init),
      binary: found[command.slice(command.lastIndexOf("/") + 1)] ?? command,
      args,
      env: { ...ENVIRONMENT, ...env },
      cwd: paths.dir,
      log: join(paths.logs, `${node.name}-${name}.log`),
      inputs: inputs.map((input) => join(node.dir, input)),
    },
  }));
}
