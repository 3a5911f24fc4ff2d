import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
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

export const missingPackages = (): readonly string[] =>
  PACKAGES.filter(({ files }) => !files.every((file) => existsSync(file))).map(({ name }) => name);

export const installCommand = (packages: readonly string[]): string =>
  `apt-get install --no-install-recommends ${packages.join(" ")}`;

/** Why this machine cannot carry real nodes, in one sentence; undefined where it can. */
export function whyNoNodes(dir: string): string | undefined {
  if (process.platform !== "linux") return `real nodes need Linux; this is ${process.platform}.`;
  if (process.getuid?.() !== 0) return "real nodes need root: they are namespaces, mounts and cgroups of this machine.";
  const missing = missingPackages();
  if (missing.length > 0) {
    return (
      `real nodes need the packages ${missing.join(", ")}: npm run cluster -- up --nodes 2 --install-packages ` +
      `installs them (${installCommand(missing)}).`
    );
  }
  return whyNoKernel() ?? whyNoSpace(dir);
}

function whyNoKernel(): string | undefined {
  const hierarchies = existsSync(CGROUPS) ? readdirSync(CGROUPS) : [];
  const absent = HIERARCHIES.filter((name) => !hierarchies.includes(name));
  if (absent.length > 0) {
    return `real nodes need the hierarchies of cgroup v1 below ${CGROUPS}; this machine has no ${absent.join(", ")}.`;
  }
  const systems = readFileSync("/proc/filesystems", "utf8");
  if (!/\toverlay$/m.test(systems)) return "real nodes need a kernel with overlay file systems; this one has none.";
  const tried = spawnSync("unshare", ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "true"], {
    encoding: "utf8",
  });
  if (tried.status !== 0) {
    return `real nodes need namespaces of their own, and this machine gives none: ${tried.stderr.trim()}`;
  }
  const target = readIfPresent("/proc/net/ip_tables_targets");
  if (target !== undefined && target !== "" && !/^NFQUEUE$/m.test(target)) {
    return "real nodes need netfilter's target NFQUEUE, by which NetworkPolicies are enforced; this kernel has none.";
  }
  return undefined;
}

function whyNoSpace(dir: string): string | undefined {
  let existing = dir;
  while (!existsSync(existing)) existing = existing.replace(/\/[^/]*$/, "") || "/";
  const { bavail, bsize } = statfsSync(existing);
  const free = Math.floor((bavail * bsize) / 1024 / 1024);
  if (free >= NEEDED_MEGABYTES) return undefined;
  return `real nodes need ${String(NEEDED_MEGABYTES)} MB at ${dir}, and ${String(free)} MB are free.`;
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
