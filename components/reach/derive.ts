import type { Manifest } from "../kubernetes-object";
import {
  EVERYWHERE,
  OWN,
  powers,
  SUITE,
  type Account,
  type AccountName,
  type Delegation,
  type Goal,
  type Limit,
  type Power,
  type WorkPlaces,
} from "../operators/frame/accounts";
import { grants, READ, rulesIn, type PolicyRule } from "../operators/frame/rights";

/** A role or a binding, whoever wrote it. */
export type RbacObject = Pick<Manifest, "kind" | "metadata"> & Readonly<Record<string, unknown>>;

export interface ReachInput {
  /** Roles and bindings as they are registered. */
  readonly objects: readonly RbacObject[];
  readonly accounts: readonly Account[];
  readonly delegations: readonly Delegation[];
}

export interface Reach extends AccountName {
  /** What it can do at most, and where. */
  readonly powers: Goal;
}

interface Target {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const change = ["create", "update", "patch"] as const;
const write = [...change, "delete", "deletecollection"] as const;
const on = (group: string, resources: readonly string[], verbs: readonly string[]): Target => ({
  group,
  resources,
  verbs,
});
const RBAC = "rbac.authorization.k8s.io";

/** The requests that make up each power. */
const targets: Readonly<Record<Power, readonly Target[]>> = {
  "run pods": [
    on("", ["pods", "replicationcontrollers"], change),
    on("apps", ["deployments", "statefulsets", "daemonsets", "replicasets"], change),
    on("batch", ["jobs", "cronjobs"], change),
  ],
  "enter pods": [
    on("", ["pods/exec", "pods/attach", "pods/portforward"], ["get", "create"]),
    on("", ["pods/ephemeralcontainers"], ["update", "patch"]),
  ],
  "write Roles": [
    on(RBAC, ["roles", "rolebindings", "clusterroles", "clusterrolebindings"], [...change, "bind", "escalate"]),
  ],
  "take other identities": [
    on("", ["serviceaccounts/token"], ["create"]),
    on("", ["users", "groups", "serviceaccounts"], ["impersonate"]),
  ],
  "write admission": [
    on(
      "admissionregistration.k8s.io",
      [
        "validatingwebhookconfigurations",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
      ],
      write,
    ),
  ],
  "write policies": [
    on("kyverno.io", ["policies", "clusterpolicies", "policyexceptions", "cleanuppolicies"], write),
    on(
      "policies.kyverno.io",
      ["mutatingpolicies", "generatingpolicies", "validatingpolicies", "deletingpolicies", "policyexceptions"],
      write,
    ),
  ],
  "write API definitions": [
    on("apiextensions.k8s.io", ["customresourcedefinitions"], write),
    on("apiregistration.k8s.io", ["apiservices"], write),
  ],
  "write namespaces": [on("", ["namespaces"], write)],
  "write nodes": [on("", ["nodes"], write)],
  "use kubelets": [on("", ["nodes/proxy"], ["get", "create"])],
  "write volumes": [
    on("", ["persistentvolumes"], write),
    on("snapshot.storage.k8s.io", ["volumesnapshotcontents"], write),
  ],
  "write network policies": [on("networking.k8s.io", ["networkpolicies"], write)],
  "sign certificates": [
    on("certificates.k8s.io", ["certificatesigningrequests/approval", "certificatesigningrequests/status"], change),
    on("certificates.k8s.io", ["signers"], ["sign", "approve"]),
  ],
  "write Secrets": [on("", ["secrets"], change)],
  "read Secrets": [on("", ["secrets"], READ)],
  "read logs": [on("", ["pods/log"], READ)],
};

/** Of kinds without a namespace: a RoleBinding gives none of them. */
const clusterWide: ReadonlySet<Power> = new Set([
  "write admission",
  "write API definitions",
  "write nodes",
  "use kubelets",
  "write volumes",
  "sign certificates",
]);

/** Roles of the API server that charts bind (Kubernetes, "Using RBAC Authorization"): the part that counts here. */
const builtIn: Readonly<Record<string, readonly PolicyRule[]>> = {
  view: [{ apiGroups: [""], resources: ["pods/log"], verbs: READ }],
  "system:auth-delegator": [],
  "extension-apiserver-authentication-reader": [],
};

const workNames: Readonly<Record<keyof WorkPlaces, string>> = {
  suite: SUITE,
  certificates: "namespaces with Certificates",
  externalSecrets: "namespaces with ExternalSecrets",
  changingSecrets: "namespaces of the suite with ExternalSecrets",
};

/**
 * What each account can do at most: the rights of every role that is bound to it, less what admission refuses. Pure.
 *
 * @throws when a binding names a role that is neither among the objects nor built in.
 */
export function reachOf({ objects, accounts, delegations }: ReachInput): Reach[] {
  const found = new Map<string, { account: AccountName; powers: Map<Power, Set<string>> }>();
  const add = (account: AccountName, rules: readonly PolicyRule[], place: readonly string[]): void => {
    const key = `${account.namespace}/${account.name}`;
    const known = found.get(key) ?? { account, powers: new Map<Power, Set<string>>() };
    found.set(key, known);
    const limits = accounts.find((each) => each.namespace === account.namespace && each.name === account.name)?.limits;
    for (const power of powers) {
      const places = rules.flatMap((rule) => placesOf(power, rule, place, limits ?? []));
      if (places.length > 0) known.powers.set(power, new Set([...(known.powers.get(power) ?? []), ...places]));
    }
  };
  const delegated = new Set(delegations.map(({ role }) => role));
  for (const { account, rules, where } of delegations) {
    const named = (where.namespaces ?? []).map((namespace) => (namespace === account.namespace ? OWN : namespace));
    add(account, rules, [...named, ...(where.work ?? []).map((kind) => workNames[kind])]);
  }
  for (const object of objects.filter(({ kind }) => kind === "ClusterRoleBinding" || kind === "RoleBinding")) {
    const { name, kind } = refOf(object);
    if (delegated.has(name)) continue;
    for (const account of subjectsOf(object)) {
      const { namespace } = object.metadata;
      const place =
        object.kind === "ClusterRoleBinding" ? EVERYWHERE : namespace === account.namespace ? OWN : namespace;
      add(account, rulesOf(objects, kind, name, namespace), [place ?? EVERYWHERE]);
    }
  }
  return [...found.values()]
    .map(({ account, powers: known }) => ({
      ...account,
      powers: Object.fromEntries([...known].map(([power, places]) => [power, summed(places)])),
    }))
    .sort((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`));
}

const WITHIN = `${OWN}: `;

/** Everywhere includes the rest; one's own namespace includes the objects that are named there. */
function summed(places: ReadonlySet<string>): string[] {
  if (places.has(EVERYWHERE)) return [EVERYWHERE];
  const named = [...places].filter((place) => !places.has(OWN) || !place.startsWith(WITHIN));
  return named.map((place) => place.replace(WITHIN, "")).sort();
}

function placesOf(power: Power, rule: PolicyRule, place: readonly string[], limits: readonly Limit[]): string[] {
  if (clusterWide.has(power) && !place.includes(EVERYWHERE)) return [];
  const within = place.includes(OWN) ? WITHIN : "";
  return targets[power].flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => {
      const names = rule.resourceNames ?? [];
      const probe = names.length === 0 ? {} : { name: names[0] ?? "" };
      if (!verbs.some((verb) => grants(rule, { verb, group, resource, ...probe }))) return [];
      const limit = limits.find((each) => each.apiGroup === group && each.resources.includes(resource));
      return [...(limit?.leaves?.[power] ?? (names.length > 0 ? names.map((name) => within + name) : place))];
    }),
  );
}

function rulesOf(objects: readonly RbacObject[], kind: string, name: string, namespace?: string): PolicyRule[] {
  const role = objects.find(
    (object) =>
      object.kind === kind &&
      object.metadata.name === name &&
      (kind === "ClusterRole" || object.metadata.namespace === namespace),
  );
  if (role === undefined) {
    const rules = builtIn[name];
    if (rules === undefined)
      throw new Error(`no rules of ${kind} ${name} are known; add it to components/reach/derive.ts`);
    return [...rules];
  }
  const aggregated = selectorsOf(role).flatMap((selector) =>
    objects.filter((object) => {
      const labels = object.metadata.labels ?? {};
      return object.kind === "ClusterRole" && Object.entries(selector).every(([key, value]) => labels[key] === value);
    }),
  );
  return [...(rulesIn(role) ?? []), ...aggregated.flatMap((each) => rulesIn(each) ?? [])];
}

function selectorsOf(role: RbacObject): Record<string, string>[] {
  const rule = role["aggregationRule"];
  const selectors = isFields(rule) ? rule["clusterRoleSelectors"] : undefined;
  if (!Array.isArray(selectors)) return [];
  return selectors.flatMap((selector: unknown) => {
    const labels = isFields(selector) ? selector["matchLabels"] : undefined;
    return isFields(labels)
      ? [Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))]
      : [];
  });
}

function refOf(binding: RbacObject): { kind: string; name: string } {
  const ref = binding["roleRef"];
  return isFields(ref) ? { kind: String(ref["kind"]), name: String(ref["name"]) } : { kind: "", name: "" };
}

function subjectsOf(binding: RbacObject): AccountName[] {
  const subjects = binding["subjects"];
  if (!Array.isArray(subjects)) return [];
  return subjects.flatMap((subject: unknown) => {
    if (!isFields(subject) || subject["kind"] !== "ServiceAccount") return [];
    const { name, namespace = binding.metadata.namespace } = subject;
    return typeof name === "string" && typeof namespace === "string" ? [{ namespace, name }] : [];
  });
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
