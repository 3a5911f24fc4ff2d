import { stringify } from "yaml";
import { NETWORK } from "../cluster/network";
import { API_SERVER_PORT, INSIDE, REAL_NODE_LABEL, REGISTRY, type NodePlace } from "./layout";

/** The API server as a node reaches it. */
export const API_SERVER = `https://${NETWORK.controlPlaneNode}:${String(API_SERVER_PORT)}`;
const PAUSE = "registry.k8s.io/pause:3.10";
/** The pods' resolver is the cluster's; a machine's own resolv.conf says nothing to them. */
const EMPTY_RESOLV_CONF = `${INSIDE.dir}/resolv.conf`;

/** gVisor's programs, by the name that they have in a node; `runsc` there is the helper before it. */
export const GVISOR = { gvisor: "runsc", "containerd-shim-runsc-v1": "containerd-shim-runsc-v1" } as const;

/** Runtime handlers of a node, each behind the helper that gives stand-ins their command. */
export const RUNTIMES = { runc: ["/usr/sbin/runc"], runsc: [`${INSIDE.bin}/gvisor`] } as const;

/**
 * containerd 1.6. Without `restrict_oom_score_adj` a machine whose root lacks CAP_SYS_RESOURCE starts no container: runc
 * says only "can't get final child's PID from pipe: EOF".
 */
export function containerdConfig(gvisor: boolean): string {
  const runtime = (name: keyof typeof RUNTIMES, type: string, options: string): string => `
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}]
    runtime_type = "${type}"
    pod_annotations = []
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}.options]
      ${options}`;
  const runtimes = [
    runtime("runc", "io.containerd.runc.v2", `BinaryName = "${INSIDE.bin}/runc"`),
    ...(gvisor
      ? [
          runtime(
            "runsc",
            "io.containerd.runsc.v1",
            `TypeUrl = "io.containerd.runsc.v1.options"\n      ConfigPath = "${INSIDE.dir}/runsc.toml"`,
          ),
        ]
      : []),
  ];
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/run/cni"
    conf_template = "${INSIDE.dir}/cni.template"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${INSIDE.dir}/certs.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"${runtimes.join("")}
`;
}

/** Of gVisor's shim. */
export const runscConfig = (): string =>
  `binary_name = "${INSIDE.bin}/runsc"\n[runsc_config]\n  platform = "systrap"\n`;

/** containerd fills in the node's range of pod addresses as soon as the kubelet knows it. */
export function cniTemplate(): string {
  return JSON.stringify({
    cniVersion: "0.3.1",
    name: "mijnbureau",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: { type: "host-local", ranges: [[{ subnet: "{{.PodCIDR}}" }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
}

/** Every registry is the node's own. */
export const mirrorConfig = (): string => `[host."http://${REGISTRY}"]\n  capabilities = ["pull", "resolve"]\n`;

/**
 * Thresholds of eviction are absolute: by default a shared disk that others fill to 85 % evicts every pod. Fork bombs end
 * at `podPidsLimit`, as a platform's nodes should have it.
 */
export function kubeletConfig(node: NodePlace): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${INSIDE.dir}/pki/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${INSIDE.dir}/pki/kubelet-server.crt`,
    tlsPrivateKeyFile: `${INSIDE.dir}/pki/kubelet-server.key`,
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot: node.cgroup,
    clusterDNS: [NETWORK.dnsService],
    clusterDomain: NETWORK.clusterDomain,
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    resolvConf: EMPTY_RESOLV_CONF,
    serializeImagePulls: false,
    registryPullQPS: 0,
    maxPods: 250,
    podPidsLimit: 512,
    evictionHard: { "memory.available": "200Mi", "nodefs.available": "500Mi", "imagefs.available": "500Mi" },
    imageGCHighThresholdPercent: 100,
    healthzBindAddress: "127.0.0.1",
    logging: { verbosity: 2 },
    shutdownGracePeriod: "0s",
    nodeStatusUpdateFrequency: "10s",
    syncFrequency: "10s",
  });
}

/** By which the platform's RuntimeClass finds the nodes that have it. */
const GVISOR_LABEL = { "mijnbureau-platform/runtime-gvisor": "true" };

export const kubeletLabels = (node: NodePlace, region: string, gvisor: boolean): string =>
  Object.entries({
    ...(gvisor ? GVISOR_LABEL : {}),
    [REAL_NODE_LABEL]: "true",
    "topology.kubernetes.io/zone": node.zone,
    "topology.kubernetes.io/region": region,
  })
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

export function kubeProxyConfig(node: NodePlace): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    hostnameOverride: node.name,
    clusterCIDR: NETWORK.podCidr,
    clientConnection: { kubeconfig: `${INSIDE.dir}/kube-proxy.kubeconfig` },
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    // These are settings of the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  });
}

/** Where the helper finds the API server, and the runtimes that it stands before. */
export const helperSettings = (): string =>
  JSON.stringify({
    server: API_SERVER,
    ca: `${INSIDE.dir}/pki/ca.crt`,
    certificate: `${INSIDE.dir}/pki/kubelet.crt`,
    key: `${INSIDE.dir}/pki/kubelet.key`,
    runtimes: RUNTIMES,
  });

export const volumesSettings = (): string =>
  JSON.stringify({
    server: API_SERVER,
    ca: `${INSIDE.dir}/pki/ca.crt`,
    certificate: `${INSIDE.dir}/pki/volumes.crt`,
    key: `${INSIDE.dir}/pki/volumes.key`,
  });
