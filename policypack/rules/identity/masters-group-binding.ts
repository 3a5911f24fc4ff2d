import { rule } from "../../engine/rule";
import { bindingKinds, notBootstrapBinding } from "./_rbac";

/** Nobody is bound through system:masters. */
export const mastersGroupBinding = rule({
  id: "identity/masters-group-binding",
  severity: "critical",
  title: "Nobody is bound through system:masters",
  why: "Members of system:masters pass by every authorisation check; the group is for breaking glass, and a binding to it only hides who has what.",
  standards: {
    cis: ["5.1.7"],
    iso27002: ["5.18", "8.2"],
    trivy: ["KSV-0123"],
    kyverno: ["restrict-binding-system-groups"],
    kubescape: ["C-0246"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: bindingKinds,
  when: notBootstrapBinding("cluster-admin", `s.kind == "Group" && s.name == "system:masters"`),
  valid: `object.?subjects.orValue([]).all(s, s.kind != "Group" || s.name != "system:masters")`,
  message: "names the group system:masters",
  field: "subjects",
  remedy: "Bind a group of the identity provider.",
});
