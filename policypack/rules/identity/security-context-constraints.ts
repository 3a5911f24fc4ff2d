import { rule } from "../../engine/rule";
import { bindingKinds, noName, notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Constraints that let pods run as root or reach the node (OpenShift, "Managing security context constraints"). */
const STRONG = "privileged|anyuid|host[a-z0-9-]*|node-exporter|machine-api-termination-handler";

const CONSTRAINTS = "security.openshift.io/SecurityContextConstraints";

/** CEL: what constraints allow is more than a pod needs. */
const strong = `(["allowPrivilegedContainer", "allowHostDirVolumePlugin", "allowHostNetwork", "allowHostPID", "allowHostIPC", "allowHostPorts"]
      .exists(k, object[?k].orValue(false)) || object.?runAsUser.?type.orValue("") == "RunAsAny" ||
    object.?allowedCapabilities.orValue([]).exists(c, c in ["*", "ALL", "SYS_ADMIN"]))`;

/** CEL: users or groups that are not OpenShift's own have the constraints without any role. */
const given = `(object.?users.orValue([]).exists(u, !u.matches("^system:(admin|serviceaccount:openshift-.+)$")) ||
    object.?groups.orValue([]).exists(g, !(g in ["system:cluster-admins", "system:masters", "system:nodes"])))`;

/** Roles do not allow the use of privileged SecurityContextConstraints, nor do the lists of users in these. */
export const securityContextConstraints = rule({
  id: "identity/security-context-constraints",
  severity: "high",
  title: "Roles do not allow the use of privileged SecurityContextConstraints",
  why: "On OpenShift these decide what a pod may do: who may use privileged or anyuid starts containers that own the node or run as root, whatever the namespace enforces.",
  standards: { pss: "baseline", iso27002: ["5.15", "8.2", "8.27"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [...roleKinds, ...bindingKinds, CONSTRAINTS],
  when: notBootstrapped,
  valid: `object.kind == "SecurityContextConstraints" ? !(${strong} && ${given}) :
    !object.?roleRef.?name.orValue("").matches("^system:openshift:scc:(${STRONG})$") && ${notGranted({
      apiGroups: ["security.openshift.io"],
      resources: ["securitycontextconstraints"],
      verbs: ["use"],
      named: noName(`^(${STRONG})$`),
    })}`,
  message: "allows the use of privileged SecurityContextConstraints",
  remedy: "Name constraints in resourceNames that the pod needs, such as nonroot-v2, or make some of its own.",
});
