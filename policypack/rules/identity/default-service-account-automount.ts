import { rule } from "../../engine/rule";

/** Default service accounts mount no token. */
export const defaultServiceAccountAutomount = rule({
  id: "identity/default-service-account-automount",
  severity: "medium",
  title: "Default service accounts mount no token",
  why: "The default account is what a pod gets that names none: nobody decided that it needs access to the API.",
  standards: {
    cis: ["5.1.5"],
    iso27002: ["5.15", "8.5"],
    checkov: ["CKV_K8S_41"],
    trivy: ["KSV-0036"],
    kubescape: ["C-0189"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["ServiceAccount"],
  when: `object.metadata.?name.orValue("") == "default"`,
  valid: "!object.?automountServiceAccountToken.orValue(true)",
  message: "gives its token to every pod that names no service account",
  field: "automountServiceAccountToken",
  remedy: "Set automountServiceAccountToken: false.",
  remediate: (account) => ({ ...account, automountServiceAccountToken: false }),
});
