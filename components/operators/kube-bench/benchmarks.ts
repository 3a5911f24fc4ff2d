import type { Facts } from "../frame/facts";

type Distribution = Facts["cluster"]["distribution"];

/** What is checked on one kind of node. */
export interface Benchmark {
  readonly benchmark: string;
  readonly targets: string;
  /** Directories and files of the host that the checks read. */
  readonly paths: readonly string[];
}

/** The benchmark of a distribution; without `master` its provider runs the control plane. */
export interface Benchmarks {
  readonly node: Benchmark;
  readonly master?: Benchmark;
}

const kubelet = ["/var/lib/kubelet", "/etc/systemd", "/etc/kubernetes"];
const selfManaged = [...kubelet, "/lib/systemd", "/usr/bin", "/etc/cni/net.d", "/opt/cni/bin", "/var/lib/cni"];
const controlPlane = [
  ...selfManaged,
  "/var/lib/etcd",
  "/var/lib/kube-scheduler",
  "/var/lib/kube-controller-manager",
  // Owners by name, such as etcd's, are the host's.
  "/etc/passwd",
  "/etc/group",
];
/** RKE2 keeps everything here, and leaves /etc/kubernetes and /var/lib/kubelet/config.yaml empty. */
const rke2 = "/var/lib/rancher/rke2";
const master = "master,etcd,controlplane";

/**
 * Benchmark per distribution, with the host's directories as in kube-bench's own job for it (job-*.yaml) and in its
 * checks (cfg/). Nothing beyond: a directory that the host does not have is made by the container runtime, and where the
 * host's root is read-only (GKE) the pod does not start. kube-bench 0.15.6 knows Kubernetes up to 1.34 and would fall
 * back by itself, silently, for newer clusters: hence pinned.
 */
export const benchmarks: Readonly<Record<Distribution, Benchmarks>> = {
  kubernetes: {
    node: { benchmark: "cis-1.12", targets: "node", paths: selfManaged },
    master: { benchmark: "cis-1.12", targets: master, paths: controlPlane },
  },
  rke2: {
    node: { benchmark: "rke2-cis-1.8", targets: "node", paths: [...selfManaged, `${rke2}/agent`] },
    master: { benchmark: "rke2-cis-1.8", targets: master, paths: [...controlPlane, `${rke2}/agent`, `${rke2}/server`] },
  },
  openshift: {
    node: { benchmark: "rh-1.8", targets: "node", paths: selfManaged },
    master: { benchmark: "rh-1.8", targets: master, paths: controlPlane },
  },
  eks: { node: { benchmark: "eks-1.8.0", targets: "node", paths: kubelet } },
  aks: { node: { benchmark: "aks-1.8", targets: "node", paths: [...kubelet, "/etc/default"] } },
  gke: { node: { benchmark: "gke-1.9.0", targets: "node", paths: [...kubelet, "/home/kubernetes"] } },
};

/**
 * Kubernetes minors for which kube-bench 0.15.6 takes a benchmark by itself (cfg/config.yaml, and its functions by
 * platform in cmd/util.go). No newer one exists there; of AKS, RKE2 and OpenShift it names no end.
 */
const writtenFor: Readonly<Record<string, readonly [from: number, to: number]>> = {
  "cis-1.12": [32, 34],
  "eks-1.8.0": [32, 34],
  "gke-1.9.0": [31, 34],
};

/** What a result of the distribution's benchmark is worth on a cluster of this version, as one sentence. */
export function benchmarkNote(distribution: Distribution, version: string): string {
  const { node, master } = benchmarks[distribution];
  const range = writtenFor[node.benchmark];
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1]);
  const results = "results are in the log store, namespace compliance";
  const half = master === undefined ? "; of the control plane the provider answers for it" : "";
  if (range === undefined)
    return `${node.benchmark}; for which Kubernetes it was written is unknown here; ${results}${half}.`;
  const [from, to] = range;
  const fits = minor >= from && minor <= to;
  return fits
    ? `${node.benchmark}, written for this version; ${results}${half}.`
    : `${node.benchmark}, written for Kubernetes 1.${from} to 1.${to}: what ${version} adds or changes is unknown to it; ${results}${half}.`;
}

/** Where the container sees a path of the host: the same, but not over its own programs. */
export function mountPath(hostPath: string): string {
  return hostPath === "/usr/bin" ? "/usr/local/mount-from-host/bin" : hostPath;
}

/** A name for the volume of a path. */
export function volumeName(hostPath: string): string {
  return hostPath.slice(1).replaceAll(/[^a-z0-9]+/g, "-");
}
