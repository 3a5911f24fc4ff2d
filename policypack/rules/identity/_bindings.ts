import { asObjects, asString } from "../../../lib/json";
import { derived } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { raiseUnknown, unlessUnknown } from "../../../lib/unknown";
import { SERVICE_ACCOUNT_GROUP, SERVICE_ACCOUNT_USER } from "./_rbac";

const bindingKinds = ["rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"] as const;

const everyAccountOf = (namespace: string): string => `${SERVICE_ACCOUNT_GROUP}${namespace}`;
const accountOf = (namespace: string, name: string): string => `${SERVICE_ACCOUNT_USER}${namespace}:${name}`;

function subjectsOf(binding: StackObject): readonly string[] {
  return asObjects(binding.object["subjects"]).flatMap((subject) => {
    const name = asString(subject["name"]) ?? "";
    if (subject["kind"] !== "ServiceAccount") return [name];
    return [accountOf(asString(subject["namespace"]) ?? binding.namespace, name)];
  });
}

/** The users and groups that are bound, and whether some binding's subjects are not known yet. */
const bound = derived((stack) => {
  const subjects = bindingKinds
    .flatMap((kind) => stack.ofKind(kind))
    .map((binding) => unlessUnknown(() => subjectsOf(binding), undefined));
  return { names: new Set(subjects.flatMap((names) => names ?? [])), unknown: subjects.includes(undefined) };
});

/** Whether some binding of the stack gives rights to this service account, by name or with all of its namespace. */
export function isBound(stack: StackIndex, namespace: string, account: string): boolean {
  const { names, unknown } = bound(stack);
  const found = names.has(accountOf(namespace, account)) || names.has(everyAccountOf(namespace));
  return found || (unknown ? raiseUnknown() : false);
}
