import { rule } from "../../engine/rule";
import { secure } from "./_repair";

/** Pod Security Standards, restricted, "Privilege Escalation" (check `allowPrivilegeEscalation`, from 1.8; Windows exempt from 1.25). */
export const allowPrivilegeEscalation = rule({
  id: "pod-security/allow-privilege-escalation",
  severity: "medium",
  title: "Containers forbid gaining privileges",
  why: "Without it a setuid program in the image makes a foothold root.",
  message: "may gain privileges",
  remedy: "Set securityContext.allowPrivilegeEscalation to false.",
  standards: {
    pss: "restricted",
    cis: ["5.2.6"],
    nsa: true,
    iso27002: ["8.2", "8.9"],
    checkov: ["CKV_K8S_20"],
    trivy: ["KSV-0001"],
    kyverno: ["disallow-privilege-escalation"],
    kubescape: ["C-0016"],
    kubeLinter: ["privilege-escalation-container"],
    polaris: ["privilegeEscalationAllowed"],
    gatekeeper: ["allow-privilege-escalation"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "container",
  versions: [
    { since: "1.8", valid: "!container.?securityContext.?allowPrivilegeEscalation.orValue(true)" },
    {
      since: "1.25",
      valid:
        "pod.spec.?os.?name.orValue('') == 'windows' || !container.?securityContext.?allowPrivilegeEscalation.orValue(true)",
    },
  ],
  field: "securityContext.allowPrivilegeEscalation",
  remediate: secure({ allowPrivilegeEscalation: false }),
});
