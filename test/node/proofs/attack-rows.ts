/**
 * What somebody does who has taken over a container of the suite: one row each, with what refuses it. A row is tried
 * twice: as the platform has it, where it must fail, and without the guard, where it must succeed; else the guard is not
 * what stops it.
 */
export interface NodeAttack {
  /** An attempt of `node-helper attempt`. */
  readonly attempt: string;
  readonly what: string;
  readonly refusedBy: GuardName;
}

/** What a container is without a guard. It says otherwise in nothing but this. */
export interface Weakened {
  readonly securityContext?: Readonly<Record<string, unknown>>;
  /** Capabilities are of use to root only, or to who inherits them. */
  readonly asRoot?: boolean;
  readonly token?: boolean;
  /** Its account may do everything. */
  readonly rights?: boolean;
  readonly unlimited?: boolean;
  readonly hostPath?: boolean;
  /** Processes and network of its node. */
  readonly hostNamespaces?: boolean;
  /** Written into the pod's cgroup, on its node. */
  readonly processes?: boolean;
}

const EVERY_CAPABILITY = [
  ...["SYS_ADMIN", "SYS_CHROOT", "SETUID", "SETGID", "MKNOD", "NET_RAW", "NET_ADMIN", "SYS_NICE", "SYSLOG"],
  ...["DAC_READ_SEARCH", "SYS_TIME", "IPC_LOCK", "BPF"],
];

export const guards = {
  "capabilities are dropped": {
    securityContext: { capabilities: { add: EVERY_CAPABILITY }, allowPrivilegeEscalation: true },
    asRoot: true,
  },
  "seccomp filters system calls": { securityContext: { seccompProfile: { type: "Unconfined" } } },
  "the root file system is read-only": { securityContext: { readOnlyRootFilesystem: false }, asRoot: true },
  "kernel paths are masked": { securityContext: { privileged: true, allowPrivilegeEscalation: true }, asRoot: true },
  "no token is mounted": { token: true },
  "the account has no rights": { token: true, rights: true },
  "memory is limited": { unlimited: true },
  "processes are limited": { processes: true },
  "hosts are closed to pods": { hostPath: true, asRoot: true },
  "namespaces of the host are closed to pods": { hostNamespaces: true },
} as const satisfies Readonly<Record<string, Weakened>>;

export type GuardName = keyof typeof guards;

const row = (refusedBy: GuardName, attempt: string, what: string): NodeAttack => ({ refusedBy, attempt, what });

const dropped = (attempt: string, what: string) => row("capabilities are dropped", attempt, what);
const readOnly = (attempt: string, what: string) => row("the root file system is read-only", attempt, what);
const masked = (attempt: string, what: string) => row("kernel paths are masked", attempt, what);
const host = (attempt: string, what: string) => row("hosts are closed to pods", attempt, what);
const hostNamespaces = (attempt: string, what: string) =>
  row("namespaces of the host are closed to pods", attempt, what);
const rights = (request: string, what: string) => row("the account has no rights", `api=${request}`, what);

const pod = JSON.stringify({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "more" },
  spec: { containers: [{ name: "main", image: "sample" }] },
});
const binding = JSON.stringify({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "more" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", name: "default", namespace: "attack-ground" }],
});
const token = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });

export const nodeAttacks: readonly NodeAttack[] = [
  dropped("unshare-mount", "a mount namespace of its own"),
  dropped("unshare-network", "a network namespace of its own"),
  dropped("join-network=self", "another network namespace"),
  dropped("set-hostname", "another host name"),
  dropped("chroot", "another root directory"),
  dropped("drop-groups", "without the groups that deny it something"),
  dropped("become-other", "another user"),
  dropped("make-device", "a device file of the disk"),
  dropped("raw-socket", "raw packets"),
  dropped("packet-socket", "all packets of its interface"),
  dropped("spoof-arp=10.244.0.9", "an ARP answer in a neighbour's name"),
  dropped("spoof-address=10.244.0.9", "a datagram with a neighbour's address"),
  dropped("route", "settings of the network interface"),
  dropped("nice", "a higher priority than its neighbours"),
  dropped("kernel-log", "the kernel's log"),
  dropped("handle", "files by their number, past directories' permissions"),
  dropped("set-time", "the machine's clock"),
  dropped("lock-memory", "memory that is never paged out"),
  dropped("load-bpf", "a BPF map in the kernel"),
  dropped("mount-tmpfs", "a mount"),

  row("seccomp filters system calls", "unshare-user", "a user namespace, in which it is root"),
  row("seccomp filters system calls", "key-ring", "the kernel's key rings, which are not the container's own"),
  row("seccomp filters system calls", "userfault", "page faults of its own handling, which kernel exploits wait in"),
  row("seccomp filters system calls", "no-randomize", "addresses that are not random"),
  row("seccomp filters system calls", "memory-policy", "where the node's memory lies"),

  readOnly("create=/", "files beside the program"),
  readOnly("create=/etc", "configuration of the image"),
  readOnly("write=/etc/passwd", "another account"),
  readOnly("create=/var", "data that outlives nothing and fills the node"),
  readOnly("create=/tmp", "tools to go on with"),

  masked("write=/proc/sys/kernel/core_pattern", "a program that the kernel starts as root on the node"),
  masked("write=/proc/sys/vm/overcommit_memory", "memory settings of the node"),
  masked("list=/sys/firmware", "firmware tables"),
  masked("read=/dev/kmsg", "the node's kernel log"),
  masked("write=/proc/sys/kernel/hostname", "the node's settings by /proc"),
  masked("write=/sys/fs/cgroup/memory/memory.limit_in_bytes", "its own limits"),

  row("no token is mounted", "token", "a token of the API server"),
  rights("GET /api/v1/secrets", "all Secrets"),
  rights("GET /api/v1/namespaces/kube-system/configmaps", "configuration of the cluster"),
  rights("GET /api/v1/nodes", "the nodes"),
  rights("GET /api/v1/nodes/real-1/proxy/pods", "the kubelet through the API server"),
  rights("GET /api/v1/pods", "all pods"),
  rights(`POST /api/v1/namespaces/attack-ground/pods?dryRun=All ${pod}`, "a pod of its own"),
  rights(`POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings?dryRun=All ${binding}`, "more rights"),
  rights(`POST /api/v1/namespaces/attack-ground/serviceaccounts/default/token ${token}`, "a token that lasts"),
  rights("DELETE /apis/networking.k8s.io/v1/namespaces/attack-ground/networkpolicies?dryRun=All", "no policies"),
  rights("GET /apis/apps/v1/deployments", "all workloads"),
  rights("GET /metrics", "metrics of the API server"),
  rights(
    `POST /api/v1/namespaces/kube-system/serviceaccounts/namespace-controller/token ${token}`,
    "a token of another account",
  ),
  row(
    "the account has no rights",
    "api-as=system:kube-controller-manager GET /api/v1/secrets",
    "requests in another user's name",
  ),
  rights("DELETE /api/v1/nodes/real-1?dryRun=All", "a node less"),
  rights(
    "DELETE /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?dryRun=All",
    "no rules at admission",
  ),
  rights("GET https://172.18.0.101:10250/pods", "the kubelet of a node"),
  rights("GET https://172.18.0.102:10250/metrics/cadvisor", "the kubelet of another node"),

  row("memory is limited", "memory=200", "three times the memory that it may have"),
  row("processes are limited", "fork=600", "a fork bomb"),

  host("read=/host/run/node/pki/kubelet.key", "the kubelet's key by a host path"),
  host("list=/host/var/lib/kubelet/pods", "volumes of other pods by a host path"),
  host("read=/host/etc/shadow", "the node's accounts"),
  host("write=/host/run/node/kubelet.yaml", "the kubelet's configuration"),
  host("create=/host/run/node", "files on the node"),
  host("connect=/host/run/containerd/containerd.sock", "containerd, which starts whatever it is told to"),

  hostNamespaces("see=kubelet", "processes of the node"),
  hostNamespaces("see=containerd", "containerd's process, and so those of all containers"),
  hostNamespaces("api=GET http://127.0.0.1:10248/healthz", "the kubelet's own port on its node"),
  hostNamespaces("api=GET http://127.0.0.1:10249/metrics", "kube-proxy's own port on its node"),
  hostNamespaces("api=GET http://127.0.0.1:5000/v2/", "the registry of its node"),
];
