import { deployerRules } from "./rbac";

/** Bytes that a ConfigMap or a Secret of an app may hold; the largest of the suite, Collabora's configuration, has 39 kB. */
export const LARGEST_CONTENT = 256 * 1024;

/** A kind as quotas name it: `count/<resource>`, with the group where there is one. */
const countOf = (group: string, resource: string): string =>
  `count/${group === "" ? resource : `${resource}.${group}`}`;

/** Of a kind that nothing below names: several times what any app of the suite has. */
const USUAL = 20;

/**
 * Where apps have more than the usual. Helm keeps ten revisions of each of the up to five releases of an app, as a Secret
 * of up to a megabyte each.
 */
const PARTICULAR: Readonly<Record<string, number>> = {
  "count/secrets": 120,
  "count/configmaps": 60,
  "count/services": 30,
  "count/statefulsets.apps": 10,
  "count/certificates.cert-manager.io": 10,
  "count/clusters.postgresql.cnpg.io": 5,
  "count/scheduledbackups.postgresql.cnpg.io": 5,
  "count/gateways.gateway.networking.k8s.io": 5,
  // The platform's own are among them, as many as the app has flows.
  "count/networkpolicies.networking.k8s.io": 80,
  // Charts make them anew with each release, and leave them for a while.
  "count/jobs.batch": 30,
};

/** Counted by `pods` and `persistentvolumeclaims` of the app's own size. */
const SIZED: ReadonlySet<string> = new Set(["count/pods", "count/persistentvolumeclaims"]);

/** What controllers make of one object that the deployer makes: revisions, slices of a Service, requests of a certificate. */
const MADE: readonly { readonly of: string; readonly each: number; readonly count: string }[] = [
  // `revisionHistoryLimit` is 10 unless the chart says otherwise, and the new one comes before the oldest goes.
  { of: "count/deployments.apps", each: 12, count: "count/replicasets.apps" },
  { of: "count/statefulsets.apps", each: 12, count: "count/controllerrevisions.apps" },
  { of: "count/services", each: 1, count: "count/endpoints" },
  { of: "count/services", each: 3, count: "count/endpointslices.discovery.k8s.io" },
  { of: "count/certificates.cert-manager.io", each: 3, count: "count/certificaterequests.cert-manager.io" },
  { of: "count/certificates.cert-manager.io", each: 3, count: "count/orders.acme.cert-manager.io" },
  { of: "count/certificates.cert-manager.io", each: 3, count: "count/challenges.acme.cert-manager.io" },
];

/**
 * Kinds of which the suite has none, and which no account of an app may make. Whoever is given the right later still
 * cannot fill etcd with them.
 */
const NONE = [
  countOf("", "podtemplates"),
  countOf("", "replicationcontrollers"),
  countOf("apps", "daemonsets"),
  countOf("coordination.k8s.io", "leases"),
  countOf("resource.k8s.io", "resourceclaims"),
  countOf("resource.k8s.io", "resourceclaimtemplates"),
] as const;

/** How few of a kind of which there are none. */
const FEW = 5;

/** Kinds that the deployer may make, by its Role. */
export function creatable(): readonly string[] {
  const made = deployerRules().filter(({ verbs }) => verbs.includes("create"));
  const kinds = made.flatMap(({ apiGroups, resources }) =>
    apiGroups.flatMap((group) => resources.filter((name) => !name.includes("/")).map((name) => countOf(group, name))),
  );
  return [...new Set(kinds)];
}

/**
 * How many objects of each kind an app may have, so that whoever deploys it cannot fill etcd for all. Which kinds those are
 * follows from what the deployer may make. Events are left out: quotas do not count them (k8s.io/kubernetes,
 * pkg/quota/v1/install/registry.go), and the deployer cannot make any.
 *
 * @param databaseBackups how many Backups the app's database keeps, where it has one
 */
export function objectCounts(databaseBackups: number = USUAL): Readonly<Record<string, string>> {
  const counts = new Map<string, number>(NONE.map((kind) => [kind, FEW]));
  for (const kind of creatable()) if (!SIZED.has(kind)) counts.set(kind, PARTICULAR[kind] ?? USUAL);
  counts.set(countOf("postgresql.cnpg.io", "backups"), databaseBackups);
  for (const { of, each, count } of MADE) counts.set(count, (counts.get(of) ?? 0) * each);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, most]) => [kind, `${most}`]));
}
