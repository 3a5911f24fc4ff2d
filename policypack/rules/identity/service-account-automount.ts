import { rule } from "../../engine/rule";

/** Service accounts leave mounting the token to the pod. */
export const serviceAccountAutomount = rule({
  id: "identity/service-account-automount",
  severity: "low",
  title: "Service accounts leave mounting the token to the pod",
  why: "Off at the account, a token is mounted only where a pod asks for it, so that the manifest of the pod shows it.",
  standards: {
    cis: ["5.1.6"],
    nsa: true,
    iso27002: ["5.15", "8.5"],
    trivy: ["KSV-0036"],
    kubescape: ["C-0034", "C-0190"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "object",
  kinds: ["ServiceAccount"],
  valid: "!object.?automountServiceAccountToken.orValue(true)",
  message: "gives its token to every pod that does not refuse it",
  field: "automountServiceAccountToken",
  remedy: "Set automountServiceAccountToken: false, and true on the pods that call the API.",
});
