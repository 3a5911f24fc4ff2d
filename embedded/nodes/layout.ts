import { createHash } from "node:crypto";
import { join } from "node:path";
import { NETWORK, ZONES } from "../cluster/network";
import type { ClusterPaths } from "../cluster/paths";

/** One real node: what it is called, where it stands, which address it has. */
export interface NodePlace {
  readonly name: string;
  readonly zone: string;
  readonly address: string;
  /** Its folder, made anew at each start of the node. */
  readonly dir: string;
  /** What its volumes hold; kept while the cluster is down, as its objects are. */
  readonly volumes: string;
  /** Path of its pods' cgroups, below every hierarchy. */
  readonly cgroup: string;
}

/** The label by which real nodes are known. */
export const REAL_NODE_LABEL = "mijnbureau-platform/real-node";
/** Keeps pods off the simulated nodes of a cluster that has real ones: a simulated pod is ready whatever it asks for. */
export const SIMULATED_TAINT = { key: "kwok.x-k8s.io/node", value: "fake", effect: "NoSchedule" } as const;

/** Port of the API server in the control plane's own network: what policies take it to be. */
export const API_SERVER_PORT = 6443;
export const REGISTRY = "127.0.0.1:5000";
export const MOST_NODES = 9;
/** As far as the simulated nodes' addresses do not go. */
const FIRST_ADDRESS = 101;

export function nodePlaces(paths: ClusterPaths, count: number): readonly NodePlace[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `real-${String(index + 1)}`;
    return {
      name,
      zone: ZONES[index % ZONES.length] ?? ZONES[0],
      address: NETWORK.nodeCidr.replace(/\d+\/\d+$/, String(FIRST_ADDRESS + index)),
      dir: join(paths.nodes, name),
      volumes: join(paths.nodes, "volumes", name),
      cgroup: `/${cgroupOf(paths)}/${name}`,
    };
  });
}

/** The cluster's own cgroup: two checkouts, or two tests, have two. */
export const cgroupOf = (paths: ClusterPaths): string =>
  `mijnbureau-${createHash("sha256").update(paths.dir).digest("hex").slice(0, 10)}`;

/** Where a node sees what the machine gives it: its folder, and the programs that it runs. */
export const INSIDE = { dir: "/run/node", bin: "/run/bin", volumes: "/var/lib/volumes" } as const;

/** Enters the network namespace alone. */
export const enterNetwork = (pid: number): readonly string[] => ["nsenter", `--net=/proc/${String(pid)}/ns/net`, "--"];

/** Enters all of a node's namespaces. Not `ip netns exec`: that mounts /sys anew, and the cgroup hierarchies are gone. */
export const enterNode = (init: number): readonly string[] => [
  "nsenter",
  "--target",
  String(init),
  "--mount",
  "--uts",
  "--ipc",
  "--net",
  "--pid",
  "--wd=/",
  "--",
];
