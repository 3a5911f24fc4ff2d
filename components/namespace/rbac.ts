import { exemptRights, type NeededExemption } from "../exemptions";
import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "./labels";

/** Name of the ServiceAccount, Role and RoleBinding that install MijnBureau in one namespace. */
export const DEPLOYER = "mijnbureau-deployer";
export const VIEWER = "mijnbureau-viewer";

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const WRITE = ["get", "list", "watch", "create", "update", "patch", "delete"] as const;
const READ = ["get", "list", "watch"] as const;

/**
 * What MijnBureau's helmfile creates (kinds of its rendered manifests), kind by kind. It holds the permissions of the
 * Roles that the suite renders itself, so that it can create them without `escalate`, and their RoleBindings
 * without `bind` (Kubernetes, "Using RBAC Authorization", privilege escalation prevention).
 */
export function deployerRules(openshiftScc?: string): PolicyRule[] {
  const rules: PolicyRule[] = [
    {
      apiGroups: [""],
      resources: ["configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims"],
      verbs: WRITE,
    },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "create", "delete"] },
    { apiGroups: [""], resources: ["pods/log", "events", "resourcequotas", "limitranges"], verbs: READ },
    { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: WRITE },
    { apiGroups: ["apps"], resources: ["replicasets", "controllerrevisions"], verbs: READ },
    { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: WRITE },
    { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: WRITE },
    { apiGroups: ["autoscaling.k8s.io"], resources: ["verticalpodautoscalers"], verbs: WRITE },
    { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: WRITE },
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"], verbs: WRITE },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: WRITE },
    { apiGroups: ["traefik.io"], resources: ["middlewares", "serverstransports"], verbs: WRITE },
    { apiGroups: ["gateway.networking.k8s.io"], resources: ["gateways", "httproutes"], verbs: WRITE },
    { apiGroups: ["cert-manager.io"], resources: ["certificates"], verbs: WRITE },
    {
      apiGroups: ["monitoring.coreos.com"],
      resources: ["servicemonitors", "podmonitors", "prometheusrules"],
      verbs: WRITE,
    },
    { apiGroups: ["grafana.integreatly.org"], resources: ["grafanadashboards"], verbs: WRITE },
    { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters", "scheduledbackups", "backups"], verbs: WRITE },
  ];
  if (openshiftScc === undefined) return rules;
  const scc = { apiGroups: ["security.openshift.io"], resources: ["securitycontextconstraints"] };
  return [...rules, { ...scc, resourceNames: [openshiftScc], verbs: ["use"] }];
}

/** What the deployer's rights in one namespace are excused for. */
export function deployerExemptions(namespace: string): NeededExemption[] {
  return exemptRights(
    ["grant-network-write", "grant-secret-read", "grant-secret-write", "grant-workload-create"],
    { kind: "Role", namespace, name: DEPLOYER },
    "Installs the app in its own namespace: workloads, Secrets and NetworkPolicies are what the suite's charts make.",
  );
}

/** Read everything of the suite but its Secrets. */
export const viewerRules: readonly PolicyRule[] = [
  {
    apiGroups: [""],
    resources: [
      "configmaps",
      "services",
      "serviceaccounts",
      "persistentvolumeclaims",
      "pods",
      "pods/log",
      "events",
      "resourcequotas",
      "limitranges",
    ],
    verbs: READ,
  },
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets", "replicasets"], verbs: READ },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: READ },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: READ },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: READ },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"], verbs: READ },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: READ },
];

export interface NamespaceAccess {
  readonly deployers: readonly string[];
  readonly viewers: readonly string[];
  readonly openshiftScc?: string;
}

/** ServiceAccount, Roles and RoleBindings of a suite namespace. */
export function namespaceAccess(namespace: string, access: NamespaceAccess): Manifest[] {
  const metadata = (name: string) => ({ name, namespace, labels: managedLabels });
  const role = (name: string, rules: readonly PolicyRule[]): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: metadata(name),
    rules,
  });
  const binding = (name: string, subjects: readonly object[]): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: metadata(name),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects,
  });
  const group = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(DEPLOYER), automountServiceAccountToken: false },
    role(DEPLOYER, deployerRules(access.openshiftScc)),
    binding(DEPLOYER, [{ kind: "ServiceAccount", name: DEPLOYER, namespace }, ...access.deployers.map(group)]),
    role(VIEWER, viewerRules),
    ...(access.viewers.length > 0 ? [binding(VIEWER, access.viewers.map(group))] : []),
  ];
}
