import { OWN, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import type { Facts } from "../frame/facts";
import { READ, type PolicyRule } from "../frame/rights";
import { databaseApps, NAMESPACE } from "./places";
import { PLUGIN_ACCOUNT } from "./plugin";

const OPERATOR = { namespace: NAMESPACE, name: "cloudnative-pg" };
const PLUGIN = { namespace: NAMESPACE, name: PLUGIN_ACCOUNT };
const ADMISSION = "admissionregistration.k8s.io";
const GROUP = "postgresql.cnpg.io";
const STORES = "barmancloud.cnpg.io";
const RBAC = "rbac.authorization.k8s.io";
export const WEBHOOKS = ["cnpg-mutating-webhook-configuration", "cnpg-validating-webhook-configuration"];

const WRITE = ["create", "update", "patch", "delete"] as const;
const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

const kinds = [
  "backups",
  "clusters",
  "databaseroles",
  "databases",
  "poolers",
  "publications",
  "scheduledbackups",
  "subscriptions",
];

/** Its caches: without one of them it does not start (v1.30.0, internal/controller, SetupWithManager). */
const watched: readonly PolicyRule[] = [
  rule("", ["configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services"], READ),
  rule("apps", ["deployments"], READ),
  rule("batch", ["jobs"], READ),
  rule("coordination.k8s.io", ["leases"], READ),
  rule("monitoring.coreos.com", ["podmonitors"], READ),
  rule("policy", ["poddisruptionbudgets"], READ),
  rule(GROUP, [...kinds, "failoverquorums", "imagecatalogs"], READ),
  rule(RBAC, ["rolebindings", "roles"], READ),
  rule("snapshot.storage.k8s.io", ["volumesnapshots"], READ),
];

const events = rule("", ["events"], ["create", "patch"]);

/** What it makes for a Cluster, beside what it reads. */
const writes: readonly PolicyRule[] = [
  rule("", ["configmaps", "secrets", "services"], WRITE),
  rule("", ["persistentvolumeclaims", "pods"], ["create", "patch", "delete"]),
  rule("", ["serviceaccounts"], ["create", "update", "patch"]),
  // A base backup begins with a command in the instance (v1.30.0, internal/controller/backup_controller.go).
  rule("", ["pods/exec"], ["create", "get"]),
  events,
  rule("batch", ["jobs"], ["create", "patch", "delete"]),
  rule("coordination.k8s.io", ["leases"], ["create", "update"]),
  rule("policy", ["poddisruptionbudgets"], WRITE),
  rule(GROUP, kinds, WRITE),
  rule(GROUP, ["failoverquorums"], ["create", "delete"]),
  rule(
    GROUP,
    kinds.filter((kind) => kind !== "scheduledbackups").map((kind) => `${kind}/status`),
    ["get", "patch", "update"],
  ),
  rule(GROUP, ["scheduledbackups/status"], ["get", "patch", "update"]),
  rule(
    GROUP,
    ["clusters/status", "databaseroles/status", "failoverquorums/status", "poolers/status"],
    ["get", "patch", "update", "watch"],
  ),
  rule(GROUP, ["clusters/finalizers", "databaseroles/finalizers", "poolers/finalizers"], ["update"]),
  rule(RBAC, ["rolebindings", "roles"], ["create", "update", "patch"]),
];

/** What the chart asks for and nothing here needs: poolers, snapshots as backups, monitors by the operator. */
const never: readonly PolicyRule[] = [
  rule("", ["configmaps/status", "secrets/status"], ["get", "patch", "update"]),
  rule("", ["pods/exec"], ["list", "watch", "patch", "delete"]),
  rule("", ["pods/status"], ["get"]),
  rule("apps", ["deployments"], WRITE),
  rule("monitoring.coreos.com", ["podmonitors"], ["create", "delete", "patch"]),
  rule("snapshot.storage.k8s.io", ["volumesnapshots"], ["create", "patch"]),
];

const endpointSlices = rule("discovery.k8s.io", ["endpointslices"], READ);

export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: OPERATOR.name,
    rules: [
      rule("", ["nodes"], READ),
      {
        ...rule(ADMISSION, ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], ["get", "patch"]),
        resourceNames: WEBHOOKS,
      },
      rule(GROUP, ["clusterimagecatalogs"], READ),
    ],
    cut: [
      rule(ADMISSION, ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], ["get", "patch"]),
      ...watched,
      ...writes,
      ...never,
      endpointSlices,
    ],
    reason: "It watches the namespaces that have a database (WATCH_NAMESPACE), and has its rights there.",
  },
];

export const delegations = (apps: Facts["apps"]): Delegation[] => {
  const namespaces = databaseApps(apps).map(({ namespace }) => namespace);
  return [
    {
      account: OPERATOR,
      role: "mijnbureau-platform:cloudnative-pg:databases",
      rules: [...watched, ...writes],
      where: { namespaces },
      excused: [
        "grant-data-delete",
        "grant-pod-exec",
        "grant-secret-read",
        "grant-secret-write",
        "grant-system-configuration-write",
        "grant-workload-create",
      ],
      reason: "Makes and repairs the databases of the apps that have one.",
    },
    {
      account: OPERATOR,
      role: "mijnbureau-platform:cloudnative-pg:own",
      rules: [
        ...watched,
        endpointSlices,
        // The authority and the certificate of its webhook, and the certificate that it shows the plugin.
        rule("", ["secrets"], ["create", "update", "patch"]),
        // The plugin's Service bears a finalizer of the operator.
        rule("", ["services"], ["update", "patch"]),
        rule("coordination.k8s.io", ["leases"], ["create", "update"]),
        events,
      ],
      where: { namespaces: [NAMESPACE] },
      excused: ["grant-secret-read", "grant-secret-write"],
      reason: "Its certificates, its lease and the Service of the plugin.",
    },
    {
      account: PLUGIN,
      role: "mijnbureau-platform:barman-cloud:databases",
      rules: [
        // It grants the instances what it has itself: the stores, and the Secrets with their logins.
        rule("", ["secrets"], READ),
        rule(STORES, ["objectstores"], READ),
        rule(STORES, ["objectstores/status"], ["get", "patch", "update"]),
        rule(STORES, ["objectstores/finalizers"], ["update"]),
        rule(GROUP, ["clusters/finalizers"], ["update"]),
        rule(RBAC, ["rolebindings", "roles"], ["create", "patch", "update"]),
      ],
      where: { namespaces },
      excused: ["grant-secret-read"],
      reason: "Lets the instances of a database read its object store and the login for it.",
    },
    {
      account: PLUGIN,
      role: "mijnbureau-platform:barman-cloud:own",
      rules: [rule("coordination.k8s.io", ["leases"], [...READ, "create", "update", "patch"]), events],
      where: { namespaces: [NAMESPACE] },
      excused: [],
      reason: "Its lease.",
    },
  ];
};

/** What the plugin reads everywhere, for its caches know no namespaces (v0.13.0, internal/cnpgi/operator/manager.go). */
export const pluginReads: readonly PolicyRule[] = [
  rule(STORES, ["objectstores"], READ),
  rule(RBAC, ["rolebindings", "roles"], READ),
];

export const accounts = (apps: Facts["apps"]): Account[] => {
  const databases = databaseApps(apps).map(({ namespace }) => namespace);
  return [
    {
      ...OPERATOR,
      purpose: "Makes the databases of the apps that have one, moves their primary, and takes their backups.",
      goal: {
        "run pods": databases,
        "enter pods": databases,
        "write Roles": databases,
        "write admission": WEBHOOKS,
        "write Secrets": [OWN, ...databases],
        "read Secrets": [OWN, ...databases],
      },
      limits: [
        {
          ...{ apiGroup: "", resources: ["pods/exec"], operations: ["CONNECT"] },
          allowed:
            'object.?container.orValue("") == "postgres" && object.?command.orValue([]).size() == 3 && ' +
            'object.command[0] == "/controller/manager" && object.command[1] == "backup"',
          says: "begins backups in databases, and runs nothing else in a pod",
        },
      ],
    },
    {
      ...PLUGIN,
      purpose: "Puts the tools for backups beside each database, and lets it read the login for its object store.",
      goal: { "write Roles": databases, "read Secrets": databases },
    },
  ];
};
