/** CEL: whether a path of the node is one whose content gives away the node or the pods on it. */
export function sensitivePath(path: string): string {
  return `${path}.matches("^/+((boot|dev|etc|home|lib|lib64|proc|root|run|sbin|sys|usr|var/run)(/.*)?|var/*|var/+(lib|log)/*|var/+lib/+(kubelet|etcd|containerd|docker|containers|crio|cni|rancher|k0s)(/.*)?)?$")`;
}
