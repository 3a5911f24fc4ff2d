import type { Mutation } from "./mutation";

/**
 * The controller manager makes the account without the field, in every namespace and again when it is deleted; refusing
 * it would leave the namespace without. An account that says `true` is refused by a rule.
 */
export const defaultAccountMutation: Mutation = {
  name: "default-service-account",
  title: "The default account of a namespace gives no pod a token",
  resources: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["serviceaccounts"] },
  roles: ["suite", "operator"],
  conditions: [
    { name: "default", expression: "object.metadata.name == 'default'" },
    { name: "absent", expression: "!has(object.automountServiceAccountToken)" },
  ],
  patch: "[JSONPatch{op: 'add', path: '/automountServiceAccountToken', value: false}]",
};
