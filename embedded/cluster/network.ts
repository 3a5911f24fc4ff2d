/**
 * Addresses of the embedded cluster, fixed so that Pulumi.dev.yaml can name them. Nothing listens on the node and pod
 * addresses: they are what the API objects say, and what network policies are computed from and checked against.
 */
export const NETWORK = {
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  nodeCidr: "172.18.0.0/24",
  /** The API server's Service and the address its endpoints point at: the control-plane node's. */
  apiServerService: "10.96.0.1",
  controlPlaneNode: "172.18.0.2",
  dnsService: "10.96.0.10",
  clusterDomain: "cluster.local",
} as const;

export const REGION = "dev";
export const ZONES = ["dev-a", "dev-b", "dev-c"] as const;
export const WORKERS_PER_ZONE = 2;
export const STORAGE_CLASS = "dev-encrypted";
export const VOLUME_PROVISIONER = "volume.kwok.x-k8s.io";
