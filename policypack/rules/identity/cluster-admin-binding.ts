import { rule } from "../../engine/rule";
import { bindingKinds, notBootstrapBinding } from "./_rbac";

/** Nobody is bound to cluster-admin. */
export const clusterAdminBinding = rule({
  id: "identity/cluster-admin-binding",
  severity: "critical",
  title: "Nobody is bound to cluster-admin",
  why: "cluster-admin may do everything, also in namespaces to come; a RoleBinding to it gives everything in one.",
  standards: {
    cis: ["5.1.1"],
    nsa: true,
    iso27002: ["5.18", "8.2"],
    trivy: ["KSV-0111"],
    kyverno: ["restrict-binding-clusteradmin"],
    kubeLinter: ["cluster-admin-role-binding"],
    kubescape: ["C-0185", "C-0035"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: bindingKinds,
  when: notBootstrapBinding("cluster-admin", `s.kind == "Group" && s.name == "system:masters"`),
  valid: `object.roleRef.kind != "ClusterRole" || object.roleRef.name != "cluster-admin"`,
  message: "gives cluster-admin",
  field: "roleRef",
  remedy: "Bind a role that lists the rights that are needed.",
});
