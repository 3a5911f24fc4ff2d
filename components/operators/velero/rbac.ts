import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { text } from "../../admission/cel";
import { OWN, SUITE, type Account, type Delegation } from "../frame/accounts";
import type { Facts } from "../frame/facts";
import { ofBoth } from "../frame/limits";
import { READ } from "../frame/rights";
import { DRILL, DRILL_NAMESPACE } from "./drill-names";
import { NAMESPACE } from "./locations";

export const CLUSTER_ROLE = "mijnbureau-velero";
const RESTORES = "mijnbureau-velero:restores";
const ACCOUNT = { namespace: NAMESPACE, name: "velero-server" };
const RBAC = "rbac.authorization.k8s.io";
const SNAPSHOTS = "snapshot.storage.k8s.io";

const restore = ["create", "update", "patch"];

/**
 * Of the whole cluster, what no namespace holds: volumes and contents of snapshots, and kinds that a backup looks up. The
 * chart would bind `cluster-admin`. Secrets and workloads are read and written by RoleBinding, where it backs up.
 */
export function clusterRole(): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: CLUSTER_ROLE, labels: managedLabels },
    rules: [
      { nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/version"], verbs: ["get"] },
      // Pods: the node agent watches those of its node (velero v1.18.1, pkg/cmd/cli/nodeagent/server.go).
      { apiGroups: [""], resources: ["namespaces", "nodes", "pods"], verbs: READ },
      { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: READ },
      { apiGroups: ["scheduling.k8s.io"], resources: ["priorityclasses"], verbs: READ },
      {
        apiGroups: ["storage.k8s.io"],
        resources: ["csidrivers", "csinodes", "storageclasses", "volumeattachments"],
        verbs: READ,
      },
      // Those that name a ServiceAccount are looked up with it (pkg/backup/actions/service_account_action.go).
      { apiGroups: [RBAC], resources: ["clusterrolebindings", "clusterroles"], verbs: READ },
      { apiGroups: [SNAPSHOTS], resources: ["volumesnapshotclasses"], verbs: READ },
      // The data mover makes, re-binds and removes them (Velero docs, "CSI Snapshot Data Movement").
      { apiGroups: [""], resources: ["persistentvolumes"], verbs: [...READ, ...restore, "delete"] },
      { apiGroups: [SNAPSHOTS], resources: ["volumesnapshotcontents"], verbs: [...READ, ...restore, "delete"] },
    ],
  };
}

/**
 * Where it backs up and restores: reads everything, writes the kinds that a backup of ours can hold. Escalation stays
 * impossible: no `bind`, `escalate` or `impersonate`, so a Role that grants more than this one has is not restored and has
 * to be applied by its owner. The Namespaces themselves are the stack's: they stand before a restore.
 */
export const delegations = (hasDrill: boolean): Delegation[] => [
  {
    account: ACCOUNT,
    role: RESTORES,
    rules: [
      // A backup lists every kind that the API server knows; one refusal makes it partially failed.
      { apiGroups: ["*"], resources: ["*"], verbs: READ },
      {
        apiGroups: [""],
        resources: [
          "configmaps",
          "endpoints",
          "persistentvolumeclaims",
          "pods",
          "secrets",
          "serviceaccounts",
          "services",
        ],
        verbs: restore,
      },
      { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "replicasets", "statefulsets"], verbs: restore },
      { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: restore },
      { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: restore },
      { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: restore },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"], verbs: restore },
      { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: restore },
      { apiGroups: [RBAC], resources: ["rolebindings", "roles"], verbs: restore },
      {
        // Held only because the Role of Collabora's chart grants it (Kubernetes, "Privilege escalation prevention").
        apiGroups: ["security.openshift.io"],
        resources: ["securitycontextconstraints"],
        resourceNames: ["nonroot-v2"],
        verbs: ["use"],
      },
      { apiGroups: ["traefik.io"], resources: ["middlewares", "serverstransports"], verbs: restore },
      {
        apiGroups: ["monitoring.coreos.com"],
        resources: ["podmonitors", "prometheusrules", "servicemonitors"],
        verbs: restore,
      },
      { apiGroups: [SNAPSHOTS], resources: ["volumesnapshots"], verbs: [...restore, "delete"] },
    ],
    where: { work: ["suite"], namespaces: hasDrill ? [DRILL_NAMESPACE] : [] },
    excused: [
      "grant-data-delete",
      "grant-endpoint-write",
      "grant-network-write",
      "grant-node-proxy",
      "grant-pod-exec",
      "grant-secret-read",
      "grant-secret-write",
      "grant-system-configuration-write",
      "grant-workload-create",
      "wildcard",
    ],
    reason:
      "Reads everything of an app to back it up, writes the kinds that a restore brings back, and removes the snapshots that its backups took.",
  },
];

/** In its own namespace Velero starts and removes pods, Jobs and their Secrets. */
export function namespaceRole(): Manifest[] {
  const metadata = { name: CLUSTER_ROLE, namespace: NAMESPACE, labels: managedLabels };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata,
      rules: [
        { apiGroups: ["velero.io"], resources: ["*"], verbs: [...READ, ...restore, "delete", "deletecollection"] },
        {
          apiGroups: [""],
          resources: ["configmaps", "persistentvolumeclaims", "pods", "secrets"],
          verbs: [...READ, ...restore, "delete"],
        },
        // At the end of each restore (velero pkg/restore/restore.go, DataUploadResult).
        { apiGroups: [""], resources: ["configmaps"], verbs: ["deletecollection"] },
        { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        { apiGroups: [""], resources: ["serviceaccounts"], verbs: READ },
        { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: [...READ, ...restore] },
        // Whether its node agents run, and what its own Deployment says (pkg/nodeagent, pkg/util/velero).
        { apiGroups: ["apps"], resources: ["daemonsets", "deployments"], verbs: READ },
        { apiGroups: ["batch"], resources: ["jobs"], verbs: [...READ, ...restore, "delete"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: [...READ, ...restore] },
        { apiGroups: [SNAPSHOTS], resources: ["volumesnapshots"], verbs: [...READ, ...restore, "delete"] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: CLUSTER_ROLE },
      subjects: [{ kind: "ServiceAccount", ...ACCOUNT }],
    },
  ];
}

/** What it may do of what RBAC cannot say: which volumes, which commands, which restores. */
export function accounts({ apps }: Pick<Facts, "apps">, drilled: readonly string[], asFiles: boolean): Account[] {
  const places = [
    NAMESPACE,
    ...apps.map(({ namespace }) => namespace),
    ...(drilled.length === 0 ? [] : [DRILL_NAMESPACE]),
  ];
  const list = `[${places.map(text).join(", ")}]`;
  const ofPlaces =
    (field: string) =>
    (object: string): string =>
      `${object}.spec.?${field}.?namespace.orValue(${text(NAMESPACE)}) in ${list}`;
  const restored = [SUITE, ...(drilled.length === 0 ? [] : [DRILL_NAMESPACE])];
  const volumes = "those of its own and the suite's namespaces";
  return [
    {
      ...ACCOUNT,
      purpose: "Backs up the suite's namespaces and restores into them; copies volumes in its own namespace.",
      goal: {
        "run pods": [OWN, ...restored],
        "write Roles": restored,
        "write volumes": [volumes],
        "write network policies": restored,
        "write Secrets": [OWN, ...restored],
        "read Secrets": [OWN, ...restored],
        "read logs": [OWN, ...restored],
      },
      limits: [
        {
          apiGroup: "",
          // Reading every kind includes these, and reading is entering (Kubernetes, "Authorization", Request verbs).
          resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"],
          operations: ["CONNECT"],
          allowed: "false",
          says: "enters no pod",
          leaves: { "enter pods": [] },
        },
        {
          apiGroup: "",
          resources: ["persistentvolumes"],
          operations: ["CREATE", "UPDATE", "DELETE"],
          allowed: ofBoth((object) => `has(${object}.spec.csi) && ${ofPlaces("claimRef")(object)}`),
          says: "writes volumes of CSI drivers that are claimed in its own and the suite's namespaces",
          leaves: { "write volumes": [volumes] },
        },
        {
          apiGroup: SNAPSHOTS,
          resources: ["volumesnapshotcontents"],
          operations: ["CREATE", "UPDATE", "DELETE"],
          allowed: ofBoth(ofPlaces("volumeSnapshotRef")),
          says: "writes contents of snapshots of its own and the suite's namespaces",
          leaves: { "write volumes": [volumes] },
        },
      ],
    },
    ...(drilled.length === 0 ? [] : [drillAccount(drilled, asFiles)]),
  ];
}

function drillAccount(sources: readonly string[], asFiles: boolean): Account {
  const mapping = "object.spec.?namespaceMapping.orValue({})";
  return {
    namespace: NAMESPACE,
    name: DRILL,
    purpose: "Starts the restore of the drill, and removes what the last one left.",
    goal: { "read Secrets": [DRILL_NAMESPACE] },
    limits: [
      {
        apiGroup: "velero.io",
        resources: ["restores"],
        operations: ["CREATE"],
        allowed:
          `[${sources.map(text).join(", ")}].exists(x, object.spec.?includedNamespaces.orValue([]) == [x] && ` +
          `${mapping} == {x: ${text(DRILL_NAMESPACE)}}) && ` +
          // Without a word Velero takes the volumes of the claims (restore-spec.ts).
          `!object.spec.?includeClusterResources.orValue(${String(!asFiles)}) && ` +
          // Containers and commands in what is restored, and changes of it: a drill brings back what was there.
          "object.spec.?hooks.?resources.orValue([]).size() == 0 && !object.spec.?resourceModifier.hasValue() && " +
          "object.spec.?scheduleName.orValue('') != '' && !object.spec.?existingResourcePolicy.hasValue() && " +
          "!object.spec.?restoreStatus.hasValue()",
        says: "restores one app of the drill into the drill's namespace as it was, and nothing of the cluster",
      },
    ],
  };
}
