import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "/proc Mount Type" (check `procMount`; any type in a user namespace from 1.35). */
export const procMountBaseline = rule({
  id: "pod-security/proc-mount-baseline",
  severity: "high",
  title: "Containers mount /proc masked",
  why: "An unmasked /proc shows and changes kernel state of the node; only in a user namespace is that confined to the pod.",
  message: "mounts /proc unmasked",
  remedy: "Remove securityContext.procMount, or set hostUsers to false.",
  standards: {
    pss: "baseline",
    iso27002: ["8.9"],
    trivy: ["KSV-0027"],
    kyverno: ["disallow-proc-mount"],
    kubeLinter: ["unsafe-proc-mount"],
    polaris: ["procMount"],
    gatekeeper: ["proc-mount"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  versions: [
    { since: "1.0", valid: "container.?securityContext.?procMount.orValue('Default') == 'Default'" },
    {
      since: "1.35",
      valid:
        "container.?securityContext.?procMount.orValue('Default') == 'Default' || !pod.spec.?hostUsers.orValue(true)",
    },
  ],
  field: "securityContext.procMount",
});
