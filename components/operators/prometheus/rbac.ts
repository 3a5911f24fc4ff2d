import type { Manifest } from "../../kubernetes-object";
import { OWN, type Account, type RoleCut } from "../frame/accounts";
import type { PolicyRule } from "../frame/rights";
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
const clusterRules: readonly PolicyRule[] = [
  { apiGroups: [MONITORING], resources: monitors, verbs: read },
  { apiGroups: [MONITORING], resources: monitors.map((kind) => `${kind}/status`), verbs: ["update", "patch"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: read },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"] },
];

const configMaps: PolicyRule = { apiGroups: [""], resources: ["configmaps"], verbs: read };

export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: OPERATOR,
    rules: clusterRules,
    cut: [
      // It changes no monitor of an app, and finds its own kinds in one namespace.
      { apiGroups: [MONITORING], resources: ["*"], verbs: ["*"] },
      { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["*"] },
      { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["*"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list", "delete"] },
      {
        apiGroups: ["", "discovery.k8s.io"],
        resources: ["services", "services/finalizers", "endpoints", "endpointslices"],
        verbs: ["*"],
      },
      { apiGroups: [""], resources: ["nodes"], verbs: ["list", "watch"] },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: read },
    ],
    reason: "Its rights on Secrets, ConfigMaps and StatefulSets are a Role of the namespace that it makes them in.",
  },
  {
    kind: "Role",
    name: `${RELEASE}-grafana`,
    rules: [configMaps],
    cut: [{ apiGroups: [""], resources: ["secrets"], verbs: read }],
    reason:
      "The sidecars read dashboards and data sources from ConfigMaps; the chart adds every Secret of the namespace.",
  },
];

export const accounts = (namespace: string): Account[] => [
  {
    namespace,
    name: OPERATOR,
    purpose: "Makes Prometheus and Alertmanager in its own namespace, of monitors and rules of all.",
    goal: { "run pods": [OWN], "write Secrets": [OWN], "read Secrets": [OWN] },
  },
  {
    namespace,
    name: `${RELEASE}-prometheus`,
    purpose: "Reads metrics of pods, and of kubelets.",
    goal: {},
  },
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
