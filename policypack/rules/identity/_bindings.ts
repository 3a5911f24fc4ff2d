import { asObjects, asString } from "../../engine/json";
import type { StackIndex } from "../../engine/stack";

const bindingKinds = ["rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"] as const;

/** Whether some binding of the stack gives rights to this service account, by name or with all of its namespace. */
export function isBound(stack: StackIndex, namespace: string, account: string): boolean {
  return bindingKinds
    .flatMap((kind) => stack.ofKind(kind))
    .some((binding) =>
      asObjects(binding.object["subjects"]).some((subject) =>
        subject["kind"] === "ServiceAccount"
          ? subject["name"] === account && (asString(subject["namespace"]) ?? binding.namespace) === namespace
          : subject["kind"] === "Group" && subject["name"] === `system:serviceaccounts:${namespace}`,
      ),
    );
}
