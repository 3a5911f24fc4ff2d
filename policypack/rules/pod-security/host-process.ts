import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "HostProcess" (check `windowsHostProcess`). */
export const hostProcess = rule({
  id: "pod-security/host-process",
  severity: "critical",
  title: "Pods do not run as Windows host processes",
  why: "A host process container runs on the Windows node itself, outside every isolation.",
  message: "runs as a Windows host process",
  remedy: "Remove securityContext.windowsOptions.hostProcess from the pod and its containers.",
  standards: {
    pss: "baseline",
    cis: ["5.2.10"],
    iso27002: ["8.2", "8.9"],
    trivy: ["KSV-0103"],
    kyverno: ["disallow-host-process"],
    polaris: ["hostProcess"],
    gatekeeper: ["host-process"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  valid:
    "!container.?securityContext.?windowsOptions.?hostProcess.orValue(false) && !pod.spec.?securityContext.?windowsOptions.?hostProcess.orValue(false)",
  field: "securityContext.windowsOptions.hostProcess",
});
