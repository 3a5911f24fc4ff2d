import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Privileged Containers" (check `privileged`). */
export const privilegedContainers = rule({
  id: "pod-security/privileged-containers",
  severity: "critical",
  title: "Containers do not run privileged",
  why: "A privileged container has every capability, sees all host devices and skips seccomp, AppArmor and SELinux: whoever breaks into it owns the node.",
  message: "runs privileged",
  remedy: "Remove securityContext.privileged; add the single capability or device the container needs.",
  standards: {
    pss: "baseline",
    cis: ["5.2.2"],
    nsa: true,
    iso27002: ["8.2", "8.9"],
    checkov: ["CKV_K8S_16"],
    trivy: ["KSV-0017"],
    kyverno: ["disallow-privileged-containers"],
    kubeScore: ["container-security-context-privileged"],
    kubeLinter: ["privileged-container"],
    polaris: ["runAsPrivileged"],
    gatekeeper: ["privileged-containers"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  valid: "!container.?securityContext.?privileged.orValue(false)",
  field: "securityContext.privileged",
});
