import { OWN, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import { READ, type PolicyRule } from "../frame/rights";

const NAMESPACE = "security-profiles-operator";
const MANAGER = { namespace: NAMESPACE, name: NAMESPACE };
const DAEMON = { namespace: NAMESPACE, name: "spod" };
const GROUP = "security-profiles-operator.x-k8s.io";
const ADMISSION = "admissionregistration.k8s.io";
const WEBHOOK = "spo-mutating-webhook-configuration";
const webhooks = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];

const make = [...READ, "create", "patch", "update"];
const own = (resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [GROUP],
  resources,
  verbs,
});
const finalizers = ["delete", "get", "patch", "update"];
const sub = (kinds: readonly string[], name: string): string[] => kinds.map((kind) => `${kind}/${name}`);
const profiles = ["rawselinuxprofiles", "seccompprofiles", "selinuxprofiles"];

/** What it makes stands in its own namespace: its daemon, its webhook and their certificate. */
const inItsNamespace: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["services"], verbs: make },
  { apiGroups: ["apps"], resources: ["daemonsets"], verbs: make },
  { apiGroups: ["apps"], resources: ["daemonsets/finalizers"], verbs: finalizers },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: [...make, "delete"] },
  { apiGroups: ["cert-manager.io"], resources: ["certificates", "issuers"], verbs: make },
  { apiGroups: ["monitoring.coreos.com"], resources: ["servicemonitors"], verbs: make },
];

const jobs: PolicyRule = { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "delete", ...READ] };
const daemonKinds = ["apparmorprofiles", "rawselinuxprofiles", "selinuxprofiles"];

export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: MANAGER.name,
    rules: [
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["security-profiles-operator-profile"],
        verbs: ["get"],
      },
      { apiGroups: [""], resources: ["events"], verbs: ["create"] },
      { apiGroups: [""], resources: ["nodes", "pods"], verbs: READ },
      // Its informers watch all namespaces; it writes in its own.
      { apiGroups: [""], resources: ["services"], verbs: READ },
      { apiGroups: ["apps"], resources: ["daemonsets", "deployments"], verbs: READ },
      { apiGroups: ["cert-manager.io"], resources: ["certificates", "issuers"], verbs: READ },
      { apiGroups: ["monitoring.coreos.com"], resources: ["servicemonitors"], verbs: READ },
      { apiGroups: [ADMISSION], resources: webhooks, verbs: READ },
      { apiGroups: [ADMISSION], resources: webhooks, resourceNames: [WEBHOOK], verbs: ["patch", "update"] },
      { apiGroups: ["config.openshift.io"], resources: ["clusteroperators"], verbs: READ },
      own(["profilerecordings", "profilerecordings/finalizers"], READ),
      own(["rawselinuxprofiles"], make),
      own(sub([...profiles, "securityprofilesoperatordaemons"], "finalizers"), finalizers),
      own(sub([...profiles, "securityprofilesoperatordaemons"], "status"), ["get", "patch", "update"]),
      own(["seccompprofiles", "selinuxprofiles"], [...make, "delete", "deletecollection"]),
      own(["securityprofilenodestatuses"], [...READ, "delete"]),
      own(["securityprofilesoperatordaemons"], [...READ, "create", "update"]),
    ],
    cut: [...inItsNamespace, { apiGroups: [ADMISSION], resources: webhooks, verbs: ["create", "patch", "update"] }],
    reason: "The daemon and the webhook that it makes are in its own namespace.",
  },
  {
    kind: "ClusterRole",
    name: DAEMON.name,
    rules: [
      { apiGroups: [""], resources: ["events"], verbs: ["create", "get", "patch", "update"] },
      { apiGroups: [""], resources: ["nodes", "pods"], verbs: READ },
      {
        apiGroups: ["authentication.k8s.io", "authorization.k8s.io"],
        resources: ["subjectaccessreviews", "tokenreviews"],
        verbs: ["create"],
      },
      own(daemonKinds, make),
      own(sub([...daemonKinds, "seccompprofiles"], "finalizers"), finalizers),
      own(sub([...daemonKinds, "seccompprofiles", "securityprofilenodestatuses"], "status"), [
        "get",
        "patch",
        "update",
      ]),
      own(["profilerecordings"], [...READ, "patch", "update"]),
      own(["seccompprofiles", "securityprofilenodestatuses"], [...make, "delete"]),
      own(["securityprofilesoperatordaemons"], READ),
    ],
    cut: [jobs],
    reason: "It makes Jobs when it records profiles, which is off.",
  },
];

export const delegations: readonly Delegation[] = [
  {
    account: MANAGER,
    role: "mijnbureau-platform:security-profiles-operator",
    rules: inItsNamespace,
    where: { namespaces: [NAMESPACE] },
    excused: ["grant-workload-create"],
    reason: "Makes its daemon and its webhook, in its own namespace alone.",
  },
];

export const accounts: readonly Account[] = [
  {
    ...MANAGER,
    purpose: "Makes the daemon that loads profiles and the webhook that checks them.",
    goal: { "run pods": [OWN], "write admission": [WEBHOOK] },
  },
  { ...DAEMON, purpose: "Loads profiles into the kernel of its node.", goal: {} },
];
