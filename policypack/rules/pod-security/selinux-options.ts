import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "SELinux" (check `seLinuxOptions`; container_engine_t from 1.31). */
export const selinuxOptions = rule({
  id: "pod-security/selinux-options",
  severity: "medium",
  title: "SELinux options name only container types, and no user or role",
  why: "Another SELinux type, user or role can lift the confinement that keeps containers apart.",
  message: "sets forbidden SELinux options",
  remedy: "Remove seLinuxOptions.user and .role and use a container type; the level is free.",
  standards: {
    pss: "baseline",
    iso27002: ["8.9"],
    trivy: ["KSV-0025"],
    kyverno: ["disallow-selinux"],
    gatekeeper: ["selinux"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  versions: [
    {
      since: "1.0",
      valid:
        "container.?securityContext.?seLinuxOptions.?type.orValue('') in ['', 'container_t', 'container_init_t', 'container_kvm_t'] && container.?securityContext.?seLinuxOptions.?user.orValue('') == '' && container.?securityContext.?seLinuxOptions.?role.orValue('') == '' && pod.spec.?securityContext.?seLinuxOptions.?type.orValue('') in ['', 'container_t', 'container_init_t', 'container_kvm_t'] && pod.spec.?securityContext.?seLinuxOptions.?user.orValue('') == '' && pod.spec.?securityContext.?seLinuxOptions.?role.orValue('') == ''",
    },
    {
      since: "1.31",
      valid:
        "container.?securityContext.?seLinuxOptions.?type.orValue('') in ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'] && container.?securityContext.?seLinuxOptions.?user.orValue('') == '' && container.?securityContext.?seLinuxOptions.?role.orValue('') == '' && pod.spec.?securityContext.?seLinuxOptions.?type.orValue('') in ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'] && pod.spec.?securityContext.?seLinuxOptions.?user.orValue('') == '' && pod.spec.?securityContext.?seLinuxOptions.?role.orValue('') == ''",
    },
  ],
  field: "securityContext.seLinuxOptions",
});
