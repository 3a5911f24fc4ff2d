import { mutationTests } from "./rules-mutants";

mutationTests("identity", {
  // The rule is about no other role.
  "identity/cluster-admin-binding": [
    'object.metadata.?labels[?"kubernetes.io/bootstrapping"].orValue("") == "rbac-defaults" && object.roleRef.name == object.metadata.?name.orValue("") && object.roleRef.name.matches("^(cluster-admin)$") -> (object.metadata.?labels[?"kubernetes.io/bootstrapping"].orValue("") == "rbac-defaults" && object.roleRef.name == object.metadata.?name.orValue(""))',
  ],
  // The default only has to differ from the value that is refused.
  "identity/aggregated-role": ['"false" -> "false~"'],
  "identity/long-lived-token": ['"Opaque" -> "Opaque~"'],
  // An hour is well below the limit of 3607 seconds.
  "identity/token-lifetime": ["3600 -> 3601", "3600 -> 3599"],
});
