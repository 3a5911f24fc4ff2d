import { rule } from "../../engine/rule";

/** Pods do not mount the socket of the container runtime. */
export const containerRuntimeSocket = rule({
  id: "workload/container-runtime-socket",
  severity: "critical",
  title: "Pods do not mount the socket of the container runtime",
  why: "Whoever speaks to the runtime's socket starts privileged containers and reads every container of the node; a read-only mount does not prevent that.",
  standards: {
    pss: "baseline",
    cis: ["5.2.11"],
    nsa: true,
    bio: ["8.2", "8.27"],
    checkov: ["CKV_K8S_27"],
    trivy: ["KSV-0006"],
    kyverno: ["disallow-cri-sock-mount"],
    kubeLinter: ["docker-sock"],
    kubescape: ["C-0074"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  valid: `pod.spec.?volumes.orValue([]).all(v, !v.?hostPath.?path.orValue("none").matches("(^|/)((docker|dockershim|containerd|cri-dockerd|crio|podman)[.]sock|run/+(containerd|crio|docker|podman|k3s/+containerd)/*)$"))`,
  message: "mounts the socket of the container runtime",
  field: "spec.volumes",
  remedy: "Remove the volume; use the Kubernetes API, or a tool that builds images without a runtime.",
});
