import type { Facts } from "./facts";

/** The container runtime of the nodes. */
export interface ContainerRuntime {
  readonly name: "containerd" | "crio";
  /** Path of its socket on the host. */
  readonly socket: string;
}

const containerd: ContainerRuntime = { name: "containerd", socket: "/run/containerd/containerd.sock" };

/** Where each distribution has the socket of its runtime: without the right one, events of Falco name no pod. */
const runtimes: Readonly<Record<Facts["cluster"]["distribution"], ContainerRuntime>> = {
  kubernetes: containerd,
  // It brings its own containerd (RKE2 docs, "Cluster access"; k3s pkg/agent/containerd).
  rke2: { name: "containerd", socket: "/run/k3s/containerd/containerd.sock" },
  openshift: { name: "crio", socket: "/run/crio/crio.sock" },
  eks: containerd,
  aks: containerd,
  gke: containerd,
};

export function containerRuntime({ cluster }: Pick<Facts, "cluster">): ContainerRuntime {
  return runtimes[cluster.distribution];
}
