import { OWN, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import { READ, type PolicyRule } from "../frame/rights";

const NAMESPACE = "trivy-system";
const ACCOUNT = { namespace: NAMESPACE, name: "trivy-operator" };
const REPORTS = "aquasecurity.github.io";

const jobs: PolicyRule = { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "delete"] };
const logs: PolicyRule = { apiGroups: [""], resources: ["pods/log"], verbs: ["get", "list"] };

export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: ACCOUNT.name,
    rules: [
      {
        apiGroups: [""],
        resources: [
          "configmaps",
          "limitranges",
          "nodes",
          "persistentvolumeclaims",
          "persistentvolumes",
          "pods",
          "replicationcontrollers",
          "resourcequotas",
          "services",
        ],
        verbs: READ,
      },
      { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
      { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: READ },
      { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "replicasets", "statefulsets"], verbs: READ },
      { apiGroups: ["apps.openshift.io"], resources: ["deploymentconfigs"], verbs: READ },
      { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: READ },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"], verbs: READ },
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
        verbs: READ,
      },
      {
        apiGroups: [REPORTS],
        resources: [
          "clustercompliancedetailreports",
          "clustercompliancereports",
          "clusterconfigauditreports",
          "clusterinfraassessmentreports",
          "clusterrbacassessmentreports",
          "clustersbomreports",
          "clustervulnerabilityreports",
          "configauditreports",
          "exposedsecretreports",
          "infraassessmentreports",
          "rbacassessmentreports",
          "sbomreports",
          "vulnerabilityreports",
        ],
        verbs: [...READ, "create", "delete", "patch", "update"],
      },
      { apiGroups: [REPORTS], resources: ["clustercompliancereports/status"], verbs: ["get", "patch", "update"] },
    ],
    cut: [jobs, logs],
    reason: "Scans run in its own namespace (`scanJobsInSameNamespace`), and so do the logs that it reads.",
  },
];

export const delegations: readonly Delegation[] = [
  {
    account: ACCOUNT,
    role: "mijnbureau-platform:trivy-operator:scans",
    rules: [jobs, logs],
    where: { namespaces: [NAMESPACE] },
    excused: ["grant-workload-create"],
    reason: "Makes a Job for each scan, in its own namespace alone.",
  },
];

export const accounts: readonly Account[] = [
  {
    ...ACCOUNT,
    purpose: "Scans the images that run and judges objects, by Jobs in its own namespace.",
    goal: { "run pods": [OWN], "write Secrets": [OWN], "read Secrets": [OWN], "read logs": [OWN] },
  },
];
