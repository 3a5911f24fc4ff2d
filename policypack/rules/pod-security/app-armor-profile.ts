import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "AppArmor" (check `appArmorProfile`): annotations and fields, each on its own. */
export const appArmorProfile = rule({
  id: "pod-security/app-armor-profile",
  severity: "medium",
  title: "AppArmor is not switched off",
  why: "The runtime's default AppArmor profile blocks writes to /proc and /sys and mounts; unconfined, a break-in has these.",
  message: "runs without an AppArmor profile",
  remedy: "Remove the annotation or set appArmorProfile.type to RuntimeDefault or Localhost.",
  standards: {
    pss: "baseline",
    nsa: true,
    iso27002: ["8.9"],
    trivy: ["KSV-0002"],
    kyverno: ["restrict-apparmor-profiles"],
    gatekeeper: ["apparmor"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  valid:
    "(!container.?securityContext.?appArmorProfile.hasValue() || container.?securityContext.?appArmorProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost']) && (!pod.spec.?securityContext.?appArmorProfile.hasValue() || pod.spec.?securityContext.?appArmorProfile.?type.orValue('') in ['RuntimeDefault', 'Localhost']) && pod.?metadata.?annotations.orValue({}).all(k, !k.startsWith('container.apparmor.security.beta.kubernetes.io/') || pod.metadata.annotations[k] in ['', 'runtime/default'] || pod.metadata.annotations[k].startsWith('localhost/'))",
  field: "securityContext.appArmorProfile",
});
