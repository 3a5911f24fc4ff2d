import { rule } from "../../engine/rule";

/** Pod Security Standards, restricted, "Seccomp" (check `seccompProfile_restricted`, from 1.19; Windows exempt from 1.25). A bad value on the pod counts even where every container overrides it. */
export const seccompProfileRestricted = rule({
  id: "pod-security/seccomp-profile-restricted",
  severity: "medium",
  title: "Every container runs under a seccomp profile",
  why: "Without a profile a container may make every system call, the ones that most kernel escapes need included.",
  message: "has no seccomp profile",
  remedy: "Set seccompProfile.type to RuntimeDefault or Localhost on the pod or the container.",
  standards: {
    pss: "restricted",
    cis: ["5.6.2"],
    nsa: true,
    iso27002: ["8.9"],
    checkov: ["CKV_K8S_31"],
    trivy: ["KSV-0030"],
    kyverno: ["restrict-seccomp-strict"],
    kubescape: ["C-0210"],
    kubeScore: ["container-seccomp-profile"],
    gatekeeper: ["seccompv2"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "container",
  versions: [
    {
      since: "1.19",
      valid:
        "(!pod.spec.?securityContext.?seccompProfile.hasValue() || pod.spec.?securityContext.?seccompProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost']) && (container.?securityContext.?seccompProfile.hasValue() ? container.?securityContext.?seccompProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost'] : pod.spec.?securityContext.?seccompProfile.hasValue())",
    },
    {
      since: "1.25",
      valid:
        "pod.spec.?os.?name.orValue('') == 'windows' || ((!pod.spec.?securityContext.?seccompProfile.hasValue() || pod.spec.?securityContext.?seccompProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost']) && (container.?securityContext.?seccompProfile.hasValue() ? container.?securityContext.?seccompProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost'] : pod.spec.?securityContext.?seccompProfile.hasValue()))",
    },
  ],
  field: "securityContext.seccompProfile",
});
