import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { ClusterError } from "../../lib/kube/errors";
import { readIfPresent } from "../cluster/files";

/** A Debian package that real nodes need, and a file that it brings. */
interface Package {
  readonly name: string;
  readonly files: readonly string[];
}

/** Names as in Debian 12; other distributions bring the same files elsewhere on `PATH`. */
export const PACKAGES: readonly Package[] = [
  { name: "containerd", files: ["/usr/bin/containerd", "/usr/bin/containerd-shim-runc-v2"] },
  { name: "runc", files: ["/usr/sbin/runc"] },
  {
    name: "containernetworking-plugins",
    files: ["ptp", "host-local", "portmap"].map((name) => `/usr/lib/cni/${name}`),
  },
  { name: "iptables", files: ["/usr/sbin/iptables"] },
  { name: "iproute2", files: ["/usr/sbin/ip"] },
  { name: "nftables", files: ["/usr/sbin/nft"] },
  { name: "util-linux", files: ["/usr/bin/unshare", "/usr/bin/nsenter"] },
  { name: "mount", files: ["/usr/bin/mount"] },
];

/** Hierarchies of cgroup v1 that a kubelet asks for. */
export const HIERARCHIES = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids", "blkio"] as const;
export const CGROUPS = "/sys/fs/cgroup";
const NEEDED_MEGABYTES = 2048;

/** What decides whether a machine can carry real nodes. */
export interface Machine {
  readonly platform: string;
  readonly user: number | undefined;
  readonly missing: readonly string[];
  readonly hierarchies: readonly string[];
  /** Text of /proc/filesystems. */
  readonly fileSystems: string;
  /** Why namespaces cannot be made; undefined where they can. */
  readonly namespaceError: () => string | undefined;
  /** Text of /proc/net/ip_tables_targets; empty where the kernel has not loaded any. */
  readonly targets: string;
  readonly freeMegabytes: number;
}

export const missingPackages = (exists: (file: string) => boolean = existsSync): readonly string[] =>
  PACKAGES.filter(({ files }) => !files.every((file) => exists(file))).map(({ name }) => name);

const installCommand = (packages: readonly string[]): string =>
  `apt-get install --no-install-recommends ${packages.join(" ")}`;

function thisMachine(dir: string): Machine {
  return {
    platform: process.platform,
    user: process.getuid?.(),
    missing: missingPackages(),
    hierarchies: existsSync(CGROUPS) ? readdirSync(CGROUPS) : [],
    fileSystems: readIfPresent("/proc/filesystems") ?? "",
    namespaceError: tryNamespaces,
    targets: readIfPresent("/proc/net/ip_tables_targets") ?? "",
    freeMegabytes: freeMegabytes(dir),
  };
}

function tryNamespaces(): string | undefined {
  const args = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "true"];
  const { status, stderr, error } = spawnSync("unshare", args, { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

function freeMegabytes(dir: string): number {
  let existing = dir;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return Math.floor((bavail * bsize) / 1024 / 1024);
}

/** Why this machine cannot carry real nodes, in one sentence; undefined where it can. */
export function whyNoNodes(dir: string, machine: Machine = thisMachine(dir)): string | undefined {
  const { platform, user, missing, hierarchies, fileSystems, targets } = machine;
  if (platform !== "linux") return `real nodes need Linux; this is ${platform}.`;
  if (user !== 0) return "real nodes need root: they are namespaces, mounts and cgroups of this machine.";
  if (missing.length > 0) {
    return (
      `real nodes need the packages ${missing.join(", ")}: npm run cluster -- up --nodes 2 --install-packages ` +
      `installs them (${installCommand(missing)}).`
    );
  }
  const absent = HIERARCHIES.filter((name) => !hierarchies.includes(name));
  if (absent.length > 0) {
    return `real nodes need the hierarchies of cgroup v1 below ${CGROUPS}; this machine has no ${absent.join(", ")}.`;
  }
  if (!/\toverlay$/m.test(fileSystems)) return "real nodes need overlay file systems; this kernel has none.";
  if (targets !== "" && !/^NFQUEUE$/m.test(targets)) {
    return "real nodes need netfilter's target NFQUEUE, by which NetworkPolicies are enforced; this kernel has none.";
  }
  const refusal = machine.namespaceError();
  if (refusal !== undefined) return `real nodes need namespaces of their own, and this machine gives none: ${refusal}.`;
  if (machine.freeMegabytes < NEEDED_MEGABYTES) {
    return `real nodes need ${String(NEEDED_MEGABYTES)} MB at ${dir}, and ${String(machine.freeMegabytes)} MB are free.`;
  }
  return undefined;
}

/** @throws {ClusterError} with the sentence of `whyNoNodes`. */
export function checkMachine(dir: string): void {
  const reason = whyNoNodes(dir);
  if (reason !== undefined) throw new ClusterError(`${reason} Without --nodes, all nodes are simulated.`);
}

/** Installs what is missing, for who asked for it. */
export function installPackages(progress: (line: string) => void): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  progress(installCommand(missing));
  // No service of theirs starts (invoke-rc.d(8)): containerd runs in the nodes only.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...missing]]) {
    const done = spawnSync("apt-get", ["--quiet", ...args], { env, encoding: "utf8" });
    if (done.status === 0) continue;
    const reason = done.error?.message ?? done.stderr.trim().split("\n").slice(-3).join(" ");
    throw new ClusterError(`apt-get ${args.join(" ")} failed: ${reason}`);
  }
}
