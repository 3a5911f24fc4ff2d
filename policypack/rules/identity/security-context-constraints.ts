import { rule } from "../../engine/rule";
import { bindingKinds, noName, notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Constraints that let pods run as root or reach the node (OpenShift, "Managing security context constraints"). */
const STRONG = "privileged|anyuid|host[a-z0-9-]*|node-exporter|machine-api-termination-handler";

/** Roles do not allow the use of privileged SecurityContextConstraints. */
export const securityContextConstraints = rule({
  id: "identity/security-context-constraints",
  severity: "high",
  title: "Roles do not allow the use of privileged SecurityContextConstraints",
  why: "On OpenShift these decide what a pod may do: who may use privileged or anyuid starts containers that own the node or run as root, whatever the namespace enforces.",
  standards: { pss: "baseline", iso27002: ["5.15", "8.2", "8.27"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [...roleKinds, ...bindingKinds],
  when: notBootstrapped,
  valid: `!object.?roleRef.?name.orValue("").matches("^system:openshift:scc:(${STRONG})$") && ${notGranted({
    apiGroups: ["security.openshift.io"],
    resources: ["securitycontextconstraints"],
    verbs: ["use"],
    named: noName(`^(${STRONG})$`),
  })}`,
  message: "allows the use of privileged SecurityContextConstraints",
  field: "rules",
  remedy: "Name constraints in resourceNames that the pod needs, such as nonroot-v2, or make some of its own.",
});
