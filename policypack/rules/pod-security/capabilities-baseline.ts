import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Capabilities" (check `capabilities_baseline`). Names are compared exactly, as upstream does. */
export const capabilitiesBaseline = rule({
  id: "pod-security/capabilities-baseline",
  severity: "high",
  title: "Containers add no capability beyond the container runtime's default set",
  why: "Capabilities such as SYS_ADMIN, NET_ADMIN or SYS_PTRACE are enough to leave the container or to listen in on others.",
  message: "adds a capability beyond the default set",
  remedy: "Remove it from securityContext.capabilities.add, or use one of the default set.",
  standards: {
    pss: "baseline",
    cis: ["5.2.9"],
    nsa: true,
    iso27002: ["8.2", "8.9"],
    checkov: ["CKV_K8S_24", "CKV_K8S_25", "CKV_K8S_39"],
    trivy: ["KSV-0005", "KSV-0120"],
    kyverno: ["disallow-capabilities"],
    kubescape: ["C-0046"],
    polaris: ["dangerousCapabilities"],
    gatekeeper: ["capabilities"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  valid:
    "container.?securityContext.?capabilities.?add.orValue([]).all(c, c in ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'])",
  detail:
    "container.?securityContext.?capabilities.?add.orValue([]).filter(c, !(c in ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'])).join(', ')",
  field: "securityContext.capabilities.add",
});
