import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Sysctls" (check `sysctls`; the list grows in 1.27, 1.29, 1.32 and 1.37). */
export const sysctls = rule({
  id: "pod-security/sysctls",
  severity: "medium",
  title: "Pods set only sysctls that stay within the pod",
  why: "Other sysctls change the kernel for every pod on the node.",
  message: "sets a sysctl that is not known to stay within the pod",
  remedy: "Remove it from securityContext.sysctls.",
  standards: {
    pss: "baseline",
    iso27002: ["8.9"],
    trivy: ["KSV-0026"],
    kyverno: ["restrict-sysctls"],
    kubeLinter: ["unsafe-sysctls"],
    gatekeeper: ["forbidden-sysctls"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "pod",
  versions: [
    {
      since: "1.0",
      valid:
        "pod.spec.?securityContext.?sysctls.orValue([]).all(s, s.?name.orValue('') in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'])",
    },
    {
      since: "1.27",
      valid:
        "pod.spec.?securityContext.?sysctls.orValue([]).all(s, s.?name.orValue('') in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports'])",
    },
    {
      since: "1.29",
      valid:
        "pod.spec.?securityContext.?sysctls.orValue([]).all(s, s.?name.orValue('') in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'])",
    },
    {
      since: "1.32",
      valid:
        "pod.spec.?securityContext.?sysctls.orValue([]).all(s, s.?name.orValue('') in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'])",
    },
    {
      since: "1.37",
      valid:
        "pod.spec.?securityContext.?sysctls.orValue([]).all(s, s.?name.orValue('') in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem', 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat'])",
    },
  ],
  detail: "pod.spec.?securityContext.?sysctls.orValue([]).map(s, s.?name.orValue('')).join(', ')",
  field: "spec.securityContext.sysctls",
});
