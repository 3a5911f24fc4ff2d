import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** What real nodes touch of a machine, as it is now. */
export interface MachineState {
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly cgroups: readonly string[];
  readonly firewall: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** Processes in network namespaces of their own, and those that name the cluster's folder. */
  readonly processes: readonly string[];
}

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

export function machineState(dir: string): MachineState {
  return {
    // Without the numbers that the kernel gives anew, and without what other programs of this machine mount meanwhile.
    mounts: lines(readFileSync("/proc/self/mountinfo", "utf8")).map((line) => line.split(" ").slice(3, 5).join(" ")),
    interfaces: lines(run("ip", ["-o", "link"])).map((line) => line.split(": ")[1] ?? ""),
    cgroups: cgroups(),
    firewall: [...lines(run("nft", ["list", "tables"])), ...lines(run("iptables", ["-S", "-t", "mangle"]))],
    settings: Object.fromEntries(settingFiles().map((file) => [file, readFileSync(file, "utf8")])),
    processes: processes(dir),
  };
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
}

/** Of ours alone: other programs of the machine have cgroups too. */
function cgroups(): readonly string[] {
  const root = "/sys/fs/cgroup";
  return readdirSync(root).flatMap((hierarchy) => {
    const folder = join(root, hierarchy);
    if (!existsSync(join(folder, "cgroup.procs"))) return [];
    return readdirSync(folder)
      .filter((name) => name.startsWith("mijnbureau-"))
      .map((name) => join(folder, name));
  });
}

/** Settings that a kubelet, kube-proxy, a network plugin or a container runtime is known to write. */
function settingFiles(): readonly string[] {
  const all = [
    ...["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys"],
    ...["kernel/keys/root_maxbytes", "kernel/pid_max", "kernel/threads-max", "fs/file-max", "user/max_net_namespaces"],
    ...["net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet", "net/ipv4/conf/all/rp_filter"],
    ...["net/ipv6/conf/all/forwarding", "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range"],
    ...["net/netfilter/nf_conntrack_max", "net/netfilter/nf_conntrack_tcp_timeout_established"],
    ...["net/bridge/bridge-nf-call-iptables"],
  ];
  return all.map((name) => join("/proc/sys", name)).filter((file) => existsSync(file));
}

function processes(dir: string): readonly string[] {
  const own = readlinkSync("/proc/self/ns/net");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        const elsewhere = command !== "" && readlinkSync(`/proc/${pid}/ns/net`) !== own;
        return elsewhere || command.includes(dir) ? [command] : [];
      } catch {
        return []; // ended meanwhile
      }
    })
    .sort();
}

/** What is there now and was not before, or is other than before: one line each. */
export function differences(before: MachineState, after: MachineState): readonly string[] {
  const lists = ["mounts", "interfaces", "cgroups", "firewall", "processes"] as const;
  const added = lists.flatMap((kind) => {
    const known = new Set(before[kind]);
    return after[kind].filter((entry) => !known.has(entry)).map((entry) => `${kind}: ${entry}`);
  });
  const changed = Object.entries(after.settings)
    .filter(([file, value]) => before.settings[file] !== value)
    .map(([file, value]) => `${file}: ${before.settings[file] ?? "absent"} -> ${value}`);
  return [...added, ...changed];
}
