import { z } from "zod";
import { rule } from "../../engine/rule";
import { bindingKinds, notBootstrapBinding } from "./_rbac";

/**
 * Nobody is bound to a built-in role that reads Secrets. These roles are no objects of the stack, so that the rules on
 * what a role grants never see them (Kubernetes documentation, "Using RBAC Authorization", default roles).
 */
export const builtInRoleBinding = rule({
  id: "identity/built-in-role-binding",
  severity: "high",
  title: "Nobody is bound to a built-in role that reads Secrets",
  why: "admin and edit read every Secret in reach, act as any service account and run commands in any pod; the roles of controllers and nodes are the control plane's own.",
  standards: { cis: ["5.1.2"], nsa: true, iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: bindingKinds,
  when: notBootstrapBinding(
    "system:(controller:[a-z-]+|kube-controller-manager|node)",
    `s.?namespace.orValue("") == "kube-system" || (s.kind == "User" && s.name == "system:kube-controller-manager")`,
  ),
  parameters: z.strictObject({
    roles: z
      .array(z.string().min(1))
      .default([
        "admin",
        "edit",
        "system:aggregate-to-admin",
        "system:aggregate-to-edit",
        "system:kube-controller-manager",
        "system:node",
      ]),
  }),
  valid: `object.roleRef.kind != "ClusterRole" ||
    (!object.roleRef.name.startsWith("system:controller:") && !params.roles.exists(name, name == object.roleRef.name))`,
  message: "gives a built-in role that reads Secrets:",
  detail: "object.roleRef.name",
  field: "roleRef",
  remedy: "Bind a role that lists the rights that are needed.",
});
