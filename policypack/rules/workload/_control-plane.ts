/**
 * Taints and labels of the nodes that run the API server or etcd: Kubernetes' own; RKE2's and K3s' (Rancher, RKE2
 * documentation, "High Availability", dedicated control-plane nodes); RKE's.
 */
export const controlPlaneKeys = [
  "node-role.kubernetes.io/control-plane",
  "node-role.kubernetes.io/master",
  "node-role.kubernetes.io/etcd",
  "node-role.kubernetes.io/controlplane",
  "CriticalAddonsOnly",
] as const;
