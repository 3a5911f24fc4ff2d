import { stackRule } from "../../engine/rule";
import { asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";

const RBAC = "rbac.authorization.k8s.io";

/** Roles that every cluster has (Kubernetes documentation, "Using RBAC Authorization", default roles). */
function isBuiltIn(name: string): boolean {
  return name.startsWith("system:") || ["cluster-admin", "admin", "edit", "view"].includes(name);
}

function roleExists(binding: StackObject, stack: StackIndex): boolean {
  const name = asString(at(binding.object, "roleRef", "name")) ?? "";
  if (at(binding.object, "roleRef", "kind") === "ClusterRole")
    return isBuiltIn(name) || stack.find(`${RBAC}/ClusterRole`, "", name) !== undefined;
  return stack.find(`${RBAC}/Role`, binding.namespace, name) !== undefined;
}

function accountExists(subject: JsonObject, binding: StackObject, stack: StackIndex): boolean {
  // Every namespace has an account `default`, made by the cluster.
  if (subject["kind"] !== "ServiceAccount" || subject["name"] === "default") return true;
  const namespace = asString(subject["namespace"]) ?? binding.namespace;
  return stack.find("ServiceAccount", namespace, asString(subject["name"]) ?? "") !== undefined;
}

/** Bindings name roles and accounts that exist. */
export const danglingBinding = stackRule({
  id: "identity/dangling-binding",
  severity: "low",
  title: "Bindings name roles and accounts that exist",
  why: "Whoever later makes an account or role of that name gets or changes these rights unseen.",
  standards: { iso27002: ["5.18"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "names a role that is not in this stack",
  remedy: "Correct the name, or remove the binding.",
  select: (stack) => [...stack.ofKind(`${RBAC}/RoleBinding`), ...stack.ofKind(`${RBAC}/ClusterRoleBinding`)],
  check: (binding, stack) => {
    const missing = asObjects(binding.object["subjects"]).filter((subject) => !accountExists(subject, binding, stack));
    return [
      ...(roleExists(binding, stack) ? [] : [{ field: "roleRef" }]),
      ...missing.map((subject) => ({
        message: `names the service account "${asString(subject["name"]) ?? ""}" that is not in this stack`,
        field: "subjects",
      })),
    ];
  },
});
