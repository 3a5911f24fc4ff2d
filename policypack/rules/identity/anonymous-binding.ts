import { rule } from "../../engine/rule";
import { bindingKinds, notBootstrapBinding } from "./_rbac";

/** Anonymous callers have no rights. */
export const anonymousBinding = rule({
  id: "identity/anonymous-binding",
  severity: "critical",
  title: "Anonymous callers have no rights",
  why: "Whoever reaches the API server has these rights, without signing in.",
  standards: {
    nsa: true,
    iso27002: ["5.15", "8.5"],
    trivy: ["KSV-0122"],
    kyverno: ["restrict-binding-system-groups"],
    gatekeeper: ["disallowanonymous"],
    kubescape: ["C-0262"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: bindingKinds,
  when: notBootstrapBinding(
    "system:public-info-viewer",
    `s.kind == "Group" && s.name in ["system:authenticated", "system:unauthenticated"]`,
  ),
  // The user is system:anonymous and its group system:unauthenticated; the one in place of the other means nothing yet, and can only be meant as this.
  valid: `object.?subjects.orValue([]).all(s, !(s.name in ["system:anonymous", "system:unauthenticated"]))`,
  message: "gives rights to callers who have not signed in",
  field: "subjects",
  remedy: "Bind a group or service account.",
});
