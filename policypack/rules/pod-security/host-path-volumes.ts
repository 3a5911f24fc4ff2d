import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "HostPath Volumes" (check `hostPathVolumes`). */
export const hostPathVolumes = rule({
  id: "pod-security/host-path-volumes",
  severity: "high",
  title: "Pods mount no directory of the host",
  why: "A hostPath volume, read-only too, reaches kubelet credentials, other pods' files or the container runtime's socket.",
  message: "mounts a directory of the host",
  remedy: "Use a persistent volume claim, configMap, secret or emptyDir instead of hostPath.",
  standards: {
    pss: "baseline",
    cis: ["5.2.11"],
    nsa: true,
    iso27002: ["8.9", "8.3"],
    trivy: ["KSV-0023"],
    kyverno: ["disallow-host-path"],
    kubescape: ["C-0048"],
    polaris: ["hostPathSet"],
    gatekeeper: ["host-filesystem"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "pod",
  valid: "pod.spec.?volumes.orValue([]).all(v, !has(v.hostPath))",
  detail: "pod.spec.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v, v.?hostPath.?path.orValue('')).join(', ')",
  field: "spec.volumes",
});
