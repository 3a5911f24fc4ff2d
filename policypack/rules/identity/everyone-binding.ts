import { rule } from "../../engine/rule";
import { bindingKinds, notBootstrapBinding } from "./_rbac";

/** Rights are not given to everybody who signs in. */
export const everyoneBinding = rule({
  id: "identity/everyone-binding",
  severity: "high",
  title: "Rights are not given to everybody who signs in",
  why: "system:authenticated is every user and every pod with a token, system:serviceaccounts every pod of the cluster: an intruder in any of them has these rights.",
  standards: {
    iso27002: ["5.15", "5.18"],
    trivy: ["KSV-01011"],
    gatekeeper: ["disallowanonymous"],
    kubescape: ["C-0265"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: bindingKinds,
  when: notBootstrapBinding(
    "system:(basic-user|discovery|public-info-viewer)",
    `s.kind == "Group" && s.name in ["system:authenticated", "system:unauthenticated"]`,
  ),
  valid: `object.?subjects.orValue([]).all(s, s.kind != "Group" || !(s.name in ["system:authenticated", "system:serviceaccounts"]))`,
  message: "gives rights to everybody who signs in, or to every pod",
  field: "subjects",
  remedy:
    "Bind a group, a service account, or the service accounts of one namespace (system:serviceaccounts:<namespace>).",
});
