import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

export const CLUSTER_ROLE = "mijnbureau-velero";
const NAMESPACE = "velero";
const ACCOUNT = "velero-server";

const read = ["get", "list", "watch"];
const restore = ["create", "update", "patch"];

/**
 * The least that backs up whole namespaces and restores the suite: read everything, write the kinds that a backup of
 * ours can hold. The chart would bind `cluster-admin`. Escalation stays impossible: no `bind`, `escalate` or
 * `impersonate`, so a Role that grants more than this one has is not restored and has to be applied by its owner.
 */
export function clusterRole(): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: CLUSTER_ROLE, labels: managedLabels },
    rules: [
      // A backup lists every kind that the API server knows; one refusal makes it partially failed.
      { apiGroups: ["*"], resources: ["*"], verbs: read },
      { nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/version"], verbs: ["get"] },
      {
        apiGroups: [""],
        resources: [
          "configmaps",
          "endpoints",
          "events",
          "limitranges",
          "namespaces",
          "persistentvolumeclaims",
          "persistentvolumes",
          "pods",
          "resourcequotas",
          "secrets",
          "serviceaccounts",
          "services",
        ],
        verbs: restore,
      },
      // Hooks inside the datastores' pods.
      { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] },
      { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "replicasets", "statefulsets"], verbs: restore },
      { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: restore },
      { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: restore },
      { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: restore },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"], verbs: restore },
      { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: restore },
      { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings", "roles"], verbs: restore },
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
      { apiGroups: ["external-secrets.io"], resources: ["externalsecrets"], verbs: restore },
      { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters", "poolers", "scheduledbackups"], verbs: restore },
      {
        // The data mover makes, re-binds and removes volumes and snapshots (Velero docs, "CSI Snapshot Data Movement").
        apiGroups: [""],
        resources: ["persistentvolumeclaims", "persistentvolumes"],
        verbs: ["delete"],
      },
      {
        apiGroups: ["snapshot.storage.k8s.io"],
        resources: ["volumesnapshotcontents", "volumesnapshots"],
        verbs: [...restore, "delete"],
      },
      { apiGroups: ["velero.io"], resources: ["*"], verbs: [...restore, "delete", "deletecollection"] },
    ],
  };
}

/** In its own namespace Velero starts and removes pods, Jobs and their Secrets. */
export function namespaceRole(): Manifest[] {
  const metadata = { name: CLUSTER_ROLE, namespace: NAMESPACE, labels: managedLabels };
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [
        {
          apiGroups: [""],
          resources: ["configmaps", "persistentvolumeclaims", "pods", "secrets"],
          verbs: [...read, ...restore, "delete"],
        },
        // At the end of each restore (velero pkg/restore/restore.go, DataUploadResult).
        { apiGroups: [""], resources: ["configmaps"], verbs: ["deletecollection"] },
        { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        { apiGroups: ["batch"], resources: ["jobs"], verbs: [...read, ...restore, "delete"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: [...read, ...restore] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: CLUSTER_ROLE },
      subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace: NAMESPACE }],
    },
  ];
}
