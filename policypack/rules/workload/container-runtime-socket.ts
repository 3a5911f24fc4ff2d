import { rule } from "../../engine/rule";

/** Pods do not mount the socket of the container runtime. */
export const containerRuntimeSocket = rule({
  id: "workload/container-runtime-socket",
  severity: "critical",
  title: "Pods do not mount the socket of the container runtime, nor a directory that holds it",
  why: "Whoever speaks to the runtime's socket starts privileged containers and reads every container of the node; a read-only mount does not prevent that.",
  standards: {
    pss: "baseline",
    cis: ["5.2.11"],
    nsa: true,
    iso27002: ["8.2", "8.27"],
    checkov: ["CKV_K8S_27"],
    trivy: ["KSV-0006"],
    kyverno: ["disallow-cri-sock-mount"],
    kubeLinter: ["docker-sock"],
    kubescape: ["C-0074"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  valid: `pod.spec.?volumes.orValue([]).all(v, !v.?hostPath.?path.orValue("none").matches("(^|/)(docker|dockershim|containerd|cri-dockerd|crio|podman)[.]sock$|^(/+[.])*/*$|^(/+[.])*/+(var|((var/+)?(k3s/+|k0s/+)?run|run/+k3s)(/+(containerd|crio|docker|dockershim|podman|k0s))?)(/|/[.])*$"))`,
  message: "mounts the socket of the container runtime, or a directory that holds it",
  field: "spec.volumes",
  remedy: "Remove the volume; use the Kubernetes API, or a tool that builds images without a runtime.",
});
