import { rule } from "../../engine/rule";

/** Pod Security Standards, restricted, "/proc Mount Type" (check `procMount_restricted`, from 1.35). */
export const procMountRestricted = rule({
  id: "pod-security/proc-mount-restricted",
  severity: "medium",
  title: "Containers mount /proc masked, in a user namespace too",
  why: "An unmasked /proc gives an attacker more of the kernel to attack.",
  message: "mounts /proc unmasked",
  remedy: "Remove securityContext.procMount.",
  standards: { pss: "restricted", iso27002: ["8.9"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "container",
  versions: [{ since: "1.35", valid: "container.?securityContext.?procMount.orValue('Default') == 'Default'" }],
  field: "securityContext.procMount",
});
