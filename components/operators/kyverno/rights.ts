import { label } from "../../../lib/labels";
import { SECRETS_ANNOTATION } from "../../admission/kyverno/restart-readers";
import { changingSecrets } from "../../../suite/secrets";
import { EVERYWHERE, OWN, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import { READ, type PolicyRule } from "../frame/rights";

const NAMESPACE = "kyverno";
/** Before the names of what the guardrails' policy generates (`components/admission/kyverno/guardrails.ts`). */
const GENERATED = "guardrail-";

const write = ["create", "delete", "patch", "update", "deletecollection"];
const all = [...READ, ...write];
const legacy = (resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: ["kyverno.io"],
  resources,
  verbs,
});
const policies = (resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: ["policies.kyverno.io"],
  resources,
  verbs,
});
const namespaced = (kinds: readonly string[]): string[] => kinds.flatMap((kind) => [kind, `namespaced${kind}`]);

const definitions: PolicyRule = {
  apiGroups: ["apiextensions.k8s.io"],
  resources: ["customresourcedefinitions"],
  verbs: ["get"],
};
const places: PolicyRule = { apiGroups: [""], resources: ["configmaps", "namespaces"], verbs: READ };
const events = (verbs: readonly string[]): PolicyRule => ({
  apiGroups: ["", "events.k8s.io"],
  resources: ["events"],
  verbs,
});
/** Its state is written by each controller that reads it (pkg/globalcontext/externalapi/entry.go). */
const globalContext: readonly PolicyRule[] = [
  legacy(["globalcontextentries"], READ),
  legacy(["globalcontextentries/status"], [...READ, "update", "patch"]),
];
const globalContextCut = legacy(["globalcontextentries", "globalcontextentries/status"], write);
const ephemeralReports: PolicyRule = {
  apiGroups: ["reports.kyverno.io"],
  resources: ["ephemeralreports", "clusterephemeralreports"],
  verbs: all,
};
const mutateAndGenerate = namespaced(["generatingpolicies", "mutatingpolicies"]);
const judging = namespaced(["validatingpolicies", "imagevalidatingpolicies"]);

const certificates = ["metering", "svc"].flatMap((use) =>
  ["ca", "pair"].map((part) => `kyverno-cleanup-controller.kyverno.${use}.kyverno-tls-${part}`),
);
/** The program makes them, empty, and the controller fills them in. */
const cleanupWebhooks = ["cleanup", "ttl"].map((subject) => `kyverno-${subject}-validating-webhook-cfg`);

/** The chart lets controllers that only read policies write them: who may, may have anything done in Kyverno's name. */
export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: "kyverno:background-controller:core",
    rules: [
      definitions,
      places,
      legacy(["policies", "policies/status", "clusterpolicies", "clusterpolicies/status", "policyexceptions"], READ),
      legacy(["updaterequests", "updaterequests/status"], all),
      ...globalContext,
      policies([...mutateAndGenerate, "policyexceptions"], READ),
      events(["create", "get", "list", "patch", "update", "watch"]),
      ephemeralReports,
    ],
    cut: [
      legacy(["policies", "policies/status", "clusterpolicies", "clusterpolicies/status", "policyexceptions"], write),
      globalContextCut,
      policies([...mutateAndGenerate, "policyexceptions"], write),
      {
        apiGroups: ["networking.k8s.io"],
        resources: ["ingresses", "ingressclasses", "networkpolicies"],
        verbs: ["create", "update", "patch", "delete"],
      },
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["rolebindings", "roles"],
        verbs: ["create", "update", "patch", "delete"],
      },
      {
        apiGroups: [""],
        resources: ["configmaps", "resourcequotas", "limitranges"],
        verbs: ["create", "update", "patch", "delete"],
      },
      {
        apiGroups: ["resource.k8s.io"],
        resources: ["resourceclaims", "resourceclaimtemplates"],
        verbs: ["create", "delete", "update", "patch", "deletecollection"],
      },
    ],
    reason: "Reads policies and writes requests; what it generates is in a role of our own, kind by kind.",
  },
  {
    kind: "ClusterRole",
    name: "kyverno:reports-controller:core",
    rules: [
      definitions,
      places,
      legacy(["policies", "clusterpolicies", "policyexceptions"], READ),
      ...globalContext,
      policies(
        [
          ...judging,
          ...judging.map((kind) => `${kind}/status`),
          ...mutateAndGenerate,
          "policyexceptions",
          "policyexceptions/status",
        ],
        READ,
      ),
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
        verbs: READ,
      },
      ephemeralReports,
      {
        apiGroups: ["wgpolicyk8s.io"],
        resources: ["policyreports", "policyreports/status", "clusterpolicyreports", "clusterpolicyreports/status"],
        verbs: all,
      },
      {
        apiGroups: ["openreports.io"],
        resources: ["reports", "reports/status", "clusterreports", "clusterreports/status"],
        verbs: all,
      },
      events(["create", "patch"]),
    ],
    cut: [
      legacy(["policies", "clusterpolicies", "policyexceptions"], write),
      globalContextCut,
      policies([...judging, ...judging.map((kind) => `${kind}/status`), ...mutateAndGenerate], write),
    ],
    reason: "Judges by policies and writes reports; it changes no policy (pkg/controllers/report).",
  },
  {
    kind: "ClusterRole",
    name: "kyverno:cleanup-controller:core",
    rules: [
      definitions,
      places,
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["validatingwebhookconfigurations"],
        verbs: READ,
      },
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["validatingwebhookconfigurations"],
        resourceNames: cleanupWebhooks,
        verbs: ["update"],
      },
      legacy(["clustercleanuppolicies", "cleanuppolicies"], ["list", "watch"]),
      legacy(["clustercleanuppolicies/status", "cleanuppolicies/status"], ["update"]),
      policies(namespaced(["deletingpolicies"]), READ),
      policies(
        namespaced(["deletingpolicies"]).map((kind) => `${kind}/status`),
        ["update"],
      ),
      policies(["policyexceptions"], READ),
      ...globalContext,
      events(["create", "patch", "update"]),
      { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    ],
    cut: [
      globalContextCut,
      policies(["policyexceptions"], ["patch", "update"]),
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["validatingwebhookconfigurations"],
        verbs: ["create", "delete", "update"],
      },
    ],
    reason: "Deletes what policies say, and changes none.",
  },
];

const ofNamespace = (key: string): string => `namespaceObject.metadata.?labels[?"${key}"].orValue("")`;
/** In the namespaces that the policy is for (`components/admission/kyverno/guardrails.ts`): elsewhere they would stop everything. */
const guardrailsOnly =
  `(request.operation == "DELETE" ? oldObject : object).metadata.name.startsWith("${GENERATED}")` +
  ` && (request.operation == "DELETE" || (${ofNamespace(label.role)} == "suite" && ${ofNamespace(label.managed)} != "true"))`;

const GUARDRAILS_ONLY = `writes what is named ${GENERATED}…, in namespaces that are labelled as the suite's and not the program's own`;

const same = (field: string): string => `object.${field} == oldObject.${field}`;
const others = (object: string): string =>
  `${object}.spec.template.metadata.?annotations.orValue({}).transformMap(key, value, key != "${SECRETS_ANNOTATION}", value)`;
const around = (object: string): string => `dyn(${object}).spec.transformMap(key, value, key != "template", value)`;
/** Everything that decides what runs, and how: metadata of the object itself is nobody's way in (guards/owners.ts). */
const annotatesOnly = [
  ...["spec.template.spec", "spec.template.metadata.?labels"].map(same),
  `${around("object")} == ${around("oldObject")}`,
  `${others("object")} == ${others("oldObject")}`,
].join(" && ");

/** So that what reads a Secret starts anew when it changes (`components/admission/kyverno/restart-readers.ts`). */
export const delegations: readonly Delegation[] = [
  {
    account: { namespace: NAMESPACE, name: "kyverno-background-controller" },
    role: "mijnbureau-platform:kyverno:restart-readers",
    rules: [
      { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: ["get", "list", "update"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: [...changingSecrets], verbs: ["get"] },
    ],
    where: { work: ["changingSecrets"] },
    excused: ["grant-workload-create"],
    reason: "Restarts what reads a Secret that changed; it compares the versions of the Secrets by name.",
  },
];

export const accounts: readonly Account[] = [
  {
    namespace: NAMESPACE,
    name: "kyverno-admission-controller",
    purpose: "Judges and changes what is created, by webhooks and policies that it registers itself.",
    goal: {
      "write admission": [EVERYWHERE],
      "write policies": [EVERYWHERE],
      "write Secrets": [OWN],
      "read Secrets": [OWN],
      "read logs": [EVERYWHERE],
    },
  },
  {
    namespace: NAMESPACE,
    name: "kyverno-background-controller",
    purpose:
      "Gives namespaces that are labelled as the suite's and that the program did not make their guardrails. Restarts what reads a Secret that External Secrets changed.",
    goal: {
      "write network policies": ["named guardrail-…, in namespaces of the suite that are not the program's"],
      "read Secrets": [...changingSecrets, OWN],
      "read logs": [EVERYWHERE],
    },
    limits: [
      {
        apiGroup: "apps",
        resources: ["deployments", "statefulsets"],
        operations: ["CREATE", "UPDATE", "DELETE"],
        allowed: `request.operation == "UPDATE" && ${annotatesOnly}`,
        says: `changes the annotation ${SECRETS_ANNOTATION} of pod templates, and nothing else of them`,
        leaves: { "run pods": [] },
      },
      {
        apiGroup: "networking.k8s.io",
        resources: ["networkpolicies"],
        operations: ["CREATE", "UPDATE", "DELETE"],
        allowed: guardrailsOnly,
        says: GUARDRAILS_ONLY,
        leaves: {
          "write network policies": ["named guardrail-…, in namespaces of the suite that are not the program's"],
        },
      },
      {
        apiGroup: "",
        resources: ["resourcequotas", "limitranges"],
        operations: ["CREATE", "UPDATE", "DELETE"],
        allowed: guardrailsOnly,
        says: GUARDRAILS_ONLY,
      },
    ],
  },
  {
    namespace: NAMESPACE,
    name: "kyverno-cleanup-controller",
    purpose: "Removes exceptions from policies after their last day.",
    goal: {
      "write admission": cleanupWebhooks,
      "write policies": [EVERYWHERE],
      "write Secrets": [OWN],
      "read Secrets": certificates,
    },
  },
  {
    namespace: NAMESPACE,
    name: "kyverno-reports-controller",
    purpose: "Judges what is there already, and writes reports.",
    goal: { "read Secrets": [OWN], "read logs": [EVERYWHERE] },
  },
];
