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
}

/**
 * CEL: no rule of the role gives any of the verbs on any of the resources, by name or by wildcard (the matching
 * of k8s.io/kubernetes/pkg/apis/rbac/v1, `ResourceMatches`: "*" and "*<slash>sub" match, "pods/*" does not).
 * Rights on objects listed in resourceNames are let through, except creating: a request to create carries no
 * name to compare, unless it creates a sub-resource of a named object.
 */
export function notGranted({ apiGroups, resources, verbs }: Grant): string {
  const anySub = resources.flatMap((resource) => (resource.includes("/") ? [`*/${resource.split("/")[1] ?? ""}`] : []));
  const namesBindCreate = resources.every((resource) => resource.includes("/"));
  const nameless = namesBindCreate ? [] : ["*", "create", "deletecollection"];
  return `object.?rules.orValue([]).all(r, !(
  r.?apiGroups.orValue([]).exists(g, g in ${list(["*", ...apiGroups])}) &&
  r.?resources.orValue([]).exists(x, x in ${list(["*", ...resources, ...new Set(anySub)])}) &&
  r.?verbs.orValue([]).exists(v, v in ${list(["*", ...verbs])} &&
    (r.?resourceNames.orValue([]).size() == 0${nameless.length > 0 ? ` || v in ${list(nameless)}` : ""}))))`;
}

/** CEL list of strings. */
function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** Verbs that change objects. */
export const writeVerbs = ["create", "update", "patch", "delete", "deletecollection"] as const;
