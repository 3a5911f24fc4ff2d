import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Host Namespaces" (check `hostNamespaces`). */
export const hostNamespaces = rule({
  id: "pod-security/host-namespaces",
  severity: "high",
  title: "Pods do not share the host's network, process or IPC namespace",
  why: "With the host's namespaces a pod sees the node's processes, its shared memory and all its network interfaces, past every NetworkPolicy.",
  message: "shares a namespace of the host",
  remedy: "Remove hostNetwork, hostPID and hostIPC.",
  standards: {
    pss: "baseline",
    cis: ["5.2.3", "5.2.4", "5.2.5"],
    nsa: true,
    iso27002: ["8.9", "8.22"],
    checkov: ["CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19"],
    trivy: ["KSV-0008", "KSV-0009", "KSV-0010"],
    kyverno: ["disallow-host-namespaces"],
    kubescape: ["C-0038", "C-0041"],
    kubeLinter: ["host-pid", "host-ipc", "host-network"],
    polaris: ["hostPIDSet", "hostIPCSet", "hostNetworkSet"],
    gatekeeper: ["host-namespaces", "host-network-ports"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "pod",
  valid:
    "!pod.spec.?hostNetwork.orValue(false) && !pod.spec.?hostPID.orValue(false) && !pod.spec.?hostIPC.orValue(false)",
  detail: "['hostNetwork', 'hostPID', 'hostIPC'].filter(name, pod.spec[?name].orValue(false)).join(', ')",
});
