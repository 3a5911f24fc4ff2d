/** Kinds that grant rights. */
export const roleKinds = ["rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/Role"] as const;

/** Kinds that give them to somebody. */
export const bindingKinds = [
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/RoleBinding",
] as const;

/**
 * Roles that the API server itself makes at every start and puts right (Kubernetes, "Using RBAC Authorization", default
 * roles; plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
 */
const bootstrapRoles = [
  "cluster-admin",
  "admin",
  "edit",
  "view",
  "extension-apiserver-authentication-reader",
  ...[
    ...["aggregate-to-admin", "aggregate-to-edit", "aggregate-to-view", "auth-delegator", "basic-user", "discovery"],
    ...["heapster", "kube-aggregator", "kube-controller-manager", "kube-dns", "kube-scheduler", "kubelet-api-admin"],
    ...["monitoring", "node", "node-bootstrapper", "node-problem-detector", "node-proxier", "volume-scheduler"],
    ...["persistent-volume-provisioner", "public-info-viewer", "service-account-issuer-discovery"],
    ...[":leader-locking-kube-controller-manager", ":leader-locking-kube-scheduler"],
    ...["nodeclient", "selfnodeclient"].map((name) => `certificates.k8s.io:certificatesigningrequests:${name}`),
    ...["kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving", "legacy-unknown"].map(
      (name) => `certificates.k8s.io:${name}-approver`,
    ),
  ].map((name) => `system:${name}`),
  ...[
    ...[
      "attachdetach-controller",
      "bootstrap-signer",
      "certificate-controller",
      "cloud-provider",
      "cronjob-controller",
    ],
    ...[
      "clusterrole-aggregation-controller",
      "daemon-set-controller",
      "deployment-controller",
      "disruption-controller",
    ],
    ...["endpoint-controller", "endpointslice-controller", "endpointslicemirroring-controller", "expand-controller"],
    ...["ephemeral-volume-controller", "generic-garbage-collector", "horizontal-pod-autoscaler", "job-controller"],
    ...["legacy-service-account-token-cleaner", "namespace-controller", "node-controller", "persistent-volume-binder"],
    ...["pod-garbage-collector", "pv-protection-controller", "pvc-protection-controller", "replicaset-controller"],
    ...["replication-controller", "resource-claim-controller", "resourcequota-controller", "root-ca-cert-publisher"],
    ...["route-controller", "selinux-warning-controller", "service-account-controller", "service-cidrs-controller"],
    ...["service-controller", "statefulset-controller", "token-cleaner", "ttl-after-finished-controller"],
    ...["ttl-controller", "validatingadmissionpolicy-status-controller", "volumeattributesclass-protection-controller"],
  ].map((name) => `system:controller:${name}`),
];

const LABELLED = `object.metadata.?labels[?"kubernetes.io/bootstrapping"].orValue("") == "rbac-defaults"`;

/** CEL: not one of those roles. By label and name: anybody may set the label, and the names are taken in every cluster. */
export const notBootstrapped = `!(${LABELLED} &&
  object.metadata.?name.orValue("").matches("^(${bootstrapRoles.join("|").replaceAll(".", "[.]")})$"))`;

/** CEL: not the binding that the API server makes of a role of this name, to the subjects of which `known` holds. */
export const notBootstrapBinding = (names: string, known: string): string => `!(${LABELLED} &&
  object.roleRef.name == object.metadata.?name.orValue("") && object.roleRef.name.matches("^(${names})$") &&
  object.?subjects.orValue([]).all(s, ${known}))`;

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
  return `object.?rules.orValue([]).all(r, ${excuse(named)}!(
  r.?apiGroups.orValue([]).exists(g, g in ${list(["*", ...apiGroups])}) &&
  r.?resources.orValue([]).exists(x, x in ${list(["*", ...withAnySub(resources)])}) &&
  ${holdsAny(verbs)}))`;
}

/** The same of resources by group, for many groups: each is written as a list that begins with its name. */
export function notGrantedOnAny(
  resources: Readonly<Record<string, readonly string[]>>,
  verbs: readonly string[],
): string {
  const sets = Object.entries(resources).map(([group, names]) => list([group, ...withAnySub(names)]));
  return `object.?rules.orValue([]).all(r, ${excuse(undefined)}!(${holdsAny(verbs)} &&
  [${sets.join(", ")}].exists(s,
    r.?apiGroups.orValue([]).exists(g, g == "*" || g == s[0]) &&
    r.?resources.orValue([]).exists(x, x == "*" || x in s))))`;
}

const holdsAny = (verbs: readonly string[]): string => `r.?verbs.orValue([]).exists(v, v in ${list(["*", ...verbs])})`;

function withAnySub(resources: readonly string[]): readonly string[] {
  const subresources = resources.flatMap((resource) => resource.split("/").slice(1));
  return [...resources, ...new Set(subresources.map((subresource) => `*/${subresource}`))];
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
