import type { Manifest } from "../../kubernetes-object";
import { RELEASE } from "./values";

const OPERATOR = `${RELEASE}-operator`;
const MONITORING = "monitoring.coreos.com";
const RBAC = "rbac.authorization.k8s.io";

/** Kinds that apps have in their own namespaces, and that the operator only reads. */
const monitors = [
  "servicemonitors",
  "podmonitors",
  "probes",
  "scrapeconfigs",
  "prometheusrules",
  "alertmanagerconfigs",
];
/** Kinds that the operator makes workloads of; `instanceNamespaces` lets it look for them in one namespace alone. */
const instances = ["prometheuses", "prometheusagents", "alertmanagers", "thanosrulers"];

const read = ["get", "list", "watch"];
const all = [...read, "create", "update", "patch", "delete", "deletecollection"];

/**
 * What the operator needs in every namespace. The chart's role may do anything with every Secret, ConfigMap and
 * StatefulSet of the cluster, which is as good as all rights: a StatefulSet runs as any account.
 */
export const clusterRules = [
  { apiGroups: [MONITORING], resources: monitors, verbs: read },
  { apiGroups: [MONITORING], resources: monitors.map((kind) => `${kind}/status`), verbs: ["update", "patch"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: read },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"] },
];

/** Its rights in the namespace in which it makes Prometheus and Alertmanager. */
export function instanceRights(namespace: string): Manifest[] {
  const metadata = { name: OPERATOR, namespace };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata,
      rules: [
        { apiGroups: [MONITORING], resources: instances, verbs: [...read, "update", "patch"] },
        {
          apiGroups: [MONITORING],
          resources: instances.flatMap((kind) => [`${kind}/status`, `${kind}/finalizers`]),
          verbs: ["update", "patch"],
        },
        { apiGroups: ["apps"], resources: ["statefulsets"], verbs: all },
        { apiGroups: [""], resources: ["configmaps", "secrets", "services", "services/finalizers"], verbs: all },
        { apiGroups: [""], resources: ["pods"], verbs: ["list", "delete"] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: OPERATOR },
      subjects: [{ kind: "ServiceAccount", name: OPERATOR, namespace }],
    },
  ];
}
