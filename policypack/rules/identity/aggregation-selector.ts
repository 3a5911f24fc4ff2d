import { rule } from "../../engine/rule";
import { selectsByLabel } from "../namespaces/_selector";

/** Aggregated roles say whose rights they take up. */
export const aggregationSelector = rule({
  id: "identity/aggregation-selector",
  severity: "critical",
  title: "Aggregated roles say whose rights they take up",
  why: "A selector that is empty, or that only leaves out, takes up the rights of every ClusterRole, cluster-admin and those made tomorrow included.",
  standards: { cis: ["5.1.1", "5.1.3"], iso27002: ["5.15", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["rbac.authorization.k8s.io/ClusterRole"],
  valid: `object.?aggregationRule.?clusterRoleSelectors.orValue([]).all(s, ${selectsByLabel("s")})`,
  message: "takes up the rights of every role",
  field: "aggregationRule.clusterRoleSelectors",
  remedy: "Select roles by a label of their own in matchLabels.",
});
