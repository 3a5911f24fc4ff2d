import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Seccomp" (check `seccompProfile_baseline`: annotations until 1.18, fields from 1.19). */
export const seccompProfileBaseline = rule({
  id: "pod-security/seccomp-profile-baseline",
  severity: "medium",
  title: "Seccomp is not switched off",
  why: "Unconfined, a container may make every system call, the ones that most kernel escapes need included.",
  message: "switches seccomp off",
  remedy: "Remove seccompProfile or set its type to RuntimeDefault or Localhost, on the pod and its containers.",
  standards: {
    pss: "baseline",
    cis: ["5.6.2"],
    nsa: true,
    iso27002: ["8.9"],
    trivy: ["KSV-0104"],
    kyverno: ["restrict-seccomp"],
    kubescape: ["C-0210"],
    gatekeeper: ["seccomp", "seccompv2"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  versions: [
    {
      since: "1.0",
      valid:
        "(pod.?metadata.?annotations[?'seccomp.security.alpha.kubernetes.io/pod'].orValue('runtime/default') in ['runtime/default', 'docker/default'] || pod.?metadata.?annotations[?'seccomp.security.alpha.kubernetes.io/pod'].orValue('runtime/default').startsWith('localhost/')) && (pod.?metadata.?annotations[?'container.seccomp.security.alpha.kubernetes.io/' + container.name].orValue('runtime/default') in ['runtime/default', 'docker/default'] || pod.?metadata.?annotations[?'container.seccomp.security.alpha.kubernetes.io/' + container.name].orValue('runtime/default').startsWith('localhost/'))",
    },
    {
      since: "1.19",
      valid:
        "(!container.?securityContext.?seccompProfile.hasValue() || container.?securityContext.?seccompProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost']) && (!pod.spec.?securityContext.?seccompProfile.hasValue() || pod.spec.?securityContext.?seccompProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost'])",
    },
  ],
  field: "securityContext.seccompProfile",
});
