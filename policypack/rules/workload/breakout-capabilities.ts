import { rule } from "../../engine/rule";

/** Containers do not add capabilities that lead to the node. */
export const breakoutCapabilities = rule({
  id: "workload/breakout-capabilities",
  severity: "critical",
  title: "Containers do not add capabilities that lead to the node",
  why: "These capabilities load kernel modules, read other processes' memory, bypass mandatory access control or reconfigure the host network: each is a known way out of a container.",
  standards: {
    pss: "baseline",
    cis: ["5.2.9"],
    nsa: true,
    iso27002: ["8.2", "8.27"],
    checkov: ["CKV_K8S_39"],
    trivy: ["KSV-0005", "KSV-0120"],
    kyverno: ["disallow-capabilities"],
    kubescape: ["C-0046"],
    polaris: ["dangerousCapabilities"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  valid: `container.?securityContext.?capabilities.?add.orValue([]).all(c, !(c.upperAscii() in ["ALL", "AUDIT_CONTROL", "CAP_AUDIT_CONTROL", "BPF", "CAP_BPF", "CHECKPOINT_RESTORE", "CAP_CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "CAP_DAC_READ_SEARCH", "IPC_OWNER", "CAP_IPC_OWNER", "LINUX_IMMUTABLE", "CAP_LINUX_IMMUTABLE", "MAC_ADMIN", "CAP_MAC_ADMIN", "MAC_OVERRIDE", "CAP_MAC_OVERRIDE", "NET_ADMIN", "CAP_NET_ADMIN", "PERFMON", "CAP_PERFMON", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_BOOT", "CAP_SYS_BOOT", "SYS_MODULE", "CAP_SYS_MODULE", "SYS_PTRACE", "CAP_SYS_PTRACE", "SYS_RAWIO", "CAP_SYS_RAWIO", "SYS_TIME", "CAP_SYS_TIME", "SYS_TTY_CONFIG", "CAP_SYS_TTY_CONFIG", "SYSLOG", "CAP_SYSLOG"]))`,
  message: "adds a capability that lets it leave the container",
  remedy:
    "Remove the capability from securityContext.capabilities.add; where an agent needs it, exempt that workload by name.",
});
