/** Kinds that grant rights. */
export const roleKinds = ["rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/Role"] as const;

/** Kinds that give them to somebody. */
export const bindingKinds = [
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/RoleBinding",
] as const;

/** A right that a role may hold. */
export interface Grant {
  readonly apiGroups: readonly string[];
  /** Plural names; a sub-resource as "pods/exec". */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** CEL: whether a rule `r` that lists resourceNames is let through; false for none. By default all are. */
  readonly named?: string | false;
}

const NAMES = "r.?resourceNames.orValue([])";

/**
 * CEL: no rule of the role gives any of the verbs on any of the resources, by name or by wildcard (the matching
 * of k8s.io/kubernetes/pkg/apis/rbac/v1, `ResourceMatches`: "*" and "*<slash>sub" match, "pods/*" does not).
 * Rights on objects listed in resourceNames are let through, as `named` allows: a request without a name, such as
 * one to create or to delete a collection, is refused then (`ResourceNameMatches`).
 */
export function notGranted({ apiGroups, resources, verbs, named }: Grant): string {
  const subresources = resources.flatMap((resource) => resource.split("/").slice(1));
  const anySub = [...new Set(subresources)].map((subresource) => `*/${subresource}`);
  return `object.?rules.orValue([]).all(r, ${excuse(named)}!(
  r.?apiGroups.orValue([]).exists(g, g in ${list(["*", ...apiGroups])}) &&
  r.?resources.orValue([]).exists(x, x in ${list(["*", ...resources, ...anySub])}) &&
  r.?verbs.orValue([]).exists(v, v in ${list(["*", ...verbs])})))`;
}

function excuse(named: Grant["named"]): string {
  if (named === false) return "";
  return named === undefined ? `${NAMES}.size() > 0 || ` : `(${NAMES}.size() > 0 && ${named}) || `;
}

/** For `named`: no name on which the right is as strong as on all of them, by a regular expression (RE2). */
export function noName(pattern: string): string {
  return `!${NAMES}.exists(n, n.matches(${JSON.stringify(pattern)}))`;
}

/** CEL list of strings. */
function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** Verbs that change objects. */
export const writeVerbs = ["create", "update", "patch", "delete", "deletecollection"] as const;

/** Service accounts as users and groups: before namespace and name, and before the namespace (Kubernetes, "Authenticating"). */
export const SERVICE_ACCOUNT_USER = "system:serviceaccount:";
export const SERVICE_ACCOUNT_GROUP = "system:serviceaccounts:";
