import { SUITE, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import { same } from "../frame/limits";
import { READ, type PolicyRule } from "../frame/rights";

const ACCOUNT = { namespace: "grafana-operator", name: "grafana-operator" };
const GROUP = "grafana.integreatly.org";
const writes = ["create", "delete", "patch", "update"];

/**
 * What is left of the chart's rights where every Grafana is external: nothing but the status of its own kinds is written,
 * and its informers still watch the kinds that it would own (controllers/grafana_controller.go, Reconcile and
 * SetupWithManager).
 */
const rights: readonly PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["configmaps", "persistentvolumeclaims", "secrets", "serviceaccounts", "services"],
    verbs: READ,
  },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: READ },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: READ },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: READ },
  { apiGroups: ["route.openshift.io"], resources: ["routes", "routes/custom-host"], verbs: READ },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: [GROUP], resources: ["*"], verbs: [...READ, "patch"] },
  { apiGroups: [GROUP], resources: ["*/finalizers"], verbs: ["patch", "update"] },
  { apiGroups: [GROUP], resources: ["*/status"], verbs: ["get", "patch", "update"] },
];

export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: ACCOUNT.name,
    rules: [],
    cut: [
      ...rights,
      {
        apiGroups: [""],
        resources: ["configmaps", "persistentvolumeclaims", "secrets", "serviceaccounts", "services"],
        verbs: writes,
      },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: writes },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: writes },
      { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: writes },
      { apiGroups: ["route.openshift.io"], resources: ["routes", "routes/custom-host"], verbs: writes },
    ],
    reason:
      "The chart lets it write Secrets, ServiceAccounts and Deployments everywhere, for Grafanas that it would run; it reads in the namespaces that it watches.",
  },
];

export const delegations = (monitoring: string): Delegation[] => [
  {
    account: ACCOUNT,
    role: "mijnbureau-platform:grafana-operator",
    rules: rights,
    where: { namespaces: [monitoring], work: ["suite"] },
    excused: ["grant-secret-read", "wildcard"],
    reason: "Takes dashboards, data sources and their Secrets from the namespaces that it watches.",
  },
];

export const accounts = (monitoring: string): Account[] => [
  {
    ...ACCOUNT,
    purpose:
      "Writes the suite's dashboards into the stack's Grafana, with Grafana's login from the monitoring namespace.",
    goal: { "read Secrets": [monitoring, SUITE] },
    limits: [
      {
        apiGroup: GROUP,
        resources: ["grafanas"],
        operations: ["UPDATE"],
        allowed: same("spec.?external", "spec.?client", "spec.?config", "metadata.?labels"),
        says: "writes the state of Grafanas, never where they are",
      },
    ],
  },
];
