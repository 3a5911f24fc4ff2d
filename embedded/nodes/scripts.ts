import { NETWORK } from "../cluster/network";
import { RUNTIMES } from "./config";
import { INSIDE, type NodePlace } from "./layout";

/** Settings of the whole machine that a kubelet writes at its start; plain files in their place catch that. */
const CAUGHT_SYSCTLS = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"] as const;
const CAUGHT_KEYS = ["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"] as const;

/** The control plane's own network: a bridge that the nodes are on, with the address that Service `kubernetes` names. */
export function controlPlaneScript(): string {
  const length = NETWORK.nodeCidr.split("/")[1] ?? "24";
  return [
    "set -eu",
    "ip link set lo up",
    "ip link add br0 type bridge",
    `ip address add ${NETWORK.controlPlaneNode}/${length} dev br0`,
    "ip link set br0 up",
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
  ].join("\n");
}

/** Run in the control plane's network: a cable from its bridge to the node. */
export function cableScript(node: NodePlace, init: number): string {
  const port = `to-${node.name}`;
  return [
    "set -eu",
    `ip link delete ${port} 2>/dev/null || true`,
    `ip link add ${port} type veth peer name eth0 netns ${String(init)}`,
    `ip link set ${port} master br0`,
    `ip link set ${port} up`,
  ].join("\n");
}

/**
 * Run in a new node: folders of its own where a node's programs write, so that standard paths hold and the machine keeps
 * nothing. `binaries` are bound to one place first, because what follows may cover where they are.
 */
export function nodeScript(node: NodePlace, binaries: Readonly<Record<string, string>>): string {
  const length = NETWORK.nodeCidr.split("/")[1] ?? "24";
  return [
    "set -eu",
    // /run covers the machine's; its own folder is bound into it before anything else hides where it lies.
    "mkdir -p /run",
    `exec 3<${quote(node.dir)} 4<${quote(node.volumes)}`,
    "mount -t tmpfs -o mode=0755 tmpfs /run",
    `mkdir -p ${INSIDE.dir} ${INSIDE.bin} /run/cgroup /run/etc/upper /run/etc/work /run/caught /run/lock /run/tmp /run/secrets/kubernetes.io /run/cni /run/mijnbureau`,
    `mount -c --bind /proc/self/fd/3 ${INSIDE.dir}`,
    ...Object.entries(binaries).flatMap(([name, path]) => [
      `: > ${INSIDE.bin}/${name}`,
      `mount --bind ${quote(path)} ${INSIDE.bin}/${name}`,
    ]),
    ...Object.keys(RUNTIMES).map((name) => `ln -s node-helper ${INSIDE.bin}/${name}`),
    "mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc",
    `mkdir -p /etc/mijnbureau && cp ${INSIDE.dir}/node.json /etc/mijnbureau/node.json`,
    ...["lib", "log"].map((name) => `mount --bind ${INSIDE.dir}/${name} /var/${name}`),
    `mount --bind ${INSIDE.dir}/opt /opt`,
    `mkdir -p ${INSIDE.volumes} && mount -c --bind /proc/self/fd/4 ${INSIDE.volumes}`,
    "exec 3<&- 4<&-",
    // sysfs of the node's own network, and in it the hierarchies as they are: nothing of them is mounted anew.
    "mount --rbind /sys/fs/cgroup /run/cgroup",
    "mount -t sysfs sysfs /sys",
    "mount --rbind /run/cgroup /sys/fs/cgroup",
    "umount -l /run/cgroup",
    ...[...CAUGHT_SYSCTLS, ...CAUGHT_KEYS].flatMap((name) => {
      const caught = `/run/caught/${name.replaceAll("/", ".")}`;
      return [`cat /proc/sys/${name} > ${caught}`, `mount --bind ${caught} /proc/sys/${name}`];
    }),
    `ln -s ${INSIDE.dir}/serviceaccount /run/secrets/kubernetes.io/serviceaccount`,
    "mount --make-rshared /",
    "ip link set lo up",
    `ip address add ${node.address}/${length} dev eth0`,
    "ip link set eth0 up",
    `ip route add default via ${NETWORK.controlPlaneNode}`,
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    ...policyRules(),
  ].join("\n");
}

/**
 * New connections of pods wait for the verdict of kube-network-policies, which loads the same rules with nftables' queue
 * where the kernel has one. The node's root passes, as kubelets do with every network plugin; pods on their own node's
 * addresses do not.
 */
function policyRules(): readonly string[] {
  const queue = "-j NFQUEUE --queue-num 100";
  return [
    "iptables -w -t mangle -N NETPOL",
    "iptables -w -t mangle -A POSTROUTING -j NETPOL",
    "iptables -w -t mangle -A NETPOL -m owner --uid-owner 0 -j RETURN",
    "iptables -w -t mangle -A NETPOL -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
    `iptables -w -t mangle -A NETPOL -s ${NETWORK.podCidr} ${queue}`,
    `iptables -w -t mangle -A NETPOL -d ${NETWORK.podCidr} ${queue}`,
    "iptables -w -t mangle -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
    `iptables -w -t mangle -A INPUT -s ${NETWORK.podCidr} ${queue}`,
  ];
}

/** The way to other nodes' pods. */
export const routeScript = (routes: readonly { readonly cidr: string; readonly via: string }[]): string =>
  ["set -eu", ...routes.map(({ cidr, via }) => `ip route replace ${cidr} via ${via}`)].join("\n");

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
