import { rule } from "../../engine/rule";

const SOCKETS = [
  ...["containerd.sock", "containerd.sock.ttrpc", "crio.sock", "cri-dockerd.sock"],
  ...["docker.sock", "dockershim.sock", "podman.sock"],
];

/** Below /run, which /var/run is too. */
const OWN = [
  ...["containerd", "crio", "docker", "docker/containerd", "dockershim", "k0s", "k0s/containerd"],
  ...["k3s", "k3s/containerd", "podman"],
];
/** What holds a socket, the snap of MicroK8s among it. */
const directories = [
  ...["", "var", "var/snap/microk8s/common/run"],
  ...["run", "var/run"].flatMap((run) => [run, ...OWN.map((own) => `${run}/${own}`)]),
];

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
  // The parts of the path, since "//" and "/./" are the same place; the API refuses "..".
  valid: `pod.spec.?volumes.orValue([]).all(v, [v.?hostPath.?path.orValue("none").split("/").filter(part, part != "" && part != ".")]
    .all(parts, !(parts.join("/") in ${JSON.stringify(directories)}) && !parts.exists(part, part in ${JSON.stringify(SOCKETS)})))`,
  message: "mounts the socket of the container runtime, or a directory that holds it",
  field: "spec.volumes",
  remedy: "Remove the volume; use the Kubernetes API, or a tool that builds images without a runtime.",
});
