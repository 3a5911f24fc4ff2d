import type { Capability } from "../frame/facts";
import { EVERYWHERE, OWN, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import { monitoringWebhook } from "../prometheus/place";
import { ofBoth, same } from "../frame/limits";
import { READ, type PolicyRule } from "../frame/rights";

const NAMESPACE = "cert-manager";
const WEBHOOK = "cert-manager-webhook";
const ROLE = "mijnbureau-platform:cert-manager";

const ACME = "acme.cert-manager.io";
const OWN_GROUP = "cert-manager.io";
const ADMISSION = "admissionregistration.k8s.io";
const GATEWAY = "gateway.networking.k8s.io";
const webhooks = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];
const change = ["update", "patch"];
const events: PolicyRule = { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] };
const secrets = (verbs: readonly string[]): PolicyRule => ({ apiGroups: [""], resources: ["secrets"], verbs });
const own = (resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [OWN_GROUP],
  resources,
  verbs,
});

/**
 * The Security Profiles Operator has its webhook's authority from a Certificate of its own namespace. The injector looks
 * in one namespace or in all (cert-manager v1.21.1, cmd/cainjector/app/controller.go, `--namespace`).
 */
export const injectsEverywhere = (capabilities: ReadonlySet<Capability>): boolean =>
  capabilities.has("security-profiles");

/** Flags of the injector: the authorities of webhooks alone, from this namespace where that is enough. */
export const injectorFlags = (capabilities: ReadonlySet<Capability>): string[] => [
  ...(injectsEverywhere(capabilities) ? [] : [`--namespace=${NAMESPACE}`]),
  "--enable-apiservices-injectable=false",
  "--enable-customresourcedefinitions-injectable=false",
];

const injected = (capabilities: ReadonlySet<Capability>): string[] => [
  WEBHOOK,
  monitoringWebhook,
  ...(injectsEverywhere(capabilities) ? ["spo-mutating-webhook-configuration"] : []),
];

function injector(capabilities: ReadonlySet<Capability>): RoleCut {
  const source = [own(["certificates"], READ), secrets(READ)];
  return {
    kind: "ClusterRole",
    name: "cert-manager-cainjector",
    rules: [
      { apiGroups: [ADMISSION], resources: webhooks, verbs: READ },
      { apiGroups: [ADMISSION], resources: webhooks, resourceNames: injected(capabilities), verbs: change },
      // Once, at its start: whether the kind is there.
      {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        resourceNames: ["certificates.cert-manager.io"],
        verbs: ["get"],
      },
      { apiGroups: [""], resources: ["events"], verbs: ["get", "create", "update", "patch"] },
      ...(injectsEverywhere(capabilities) ? source : []),
    ],
    cut: [
      { apiGroups: [ADMISSION], resources: webhooks, verbs: change },
      {
        apiGroups: ["apiregistration.k8s.io", "apiextensions.k8s.io"],
        resources: ["apiservices", "customresourcedefinitions"],
        verbs: [...READ, ...change],
      },
      ...(injectsEverywhere(capabilities) ? [] : source),
    ],
    reason: "Writes the authorities of this stack's webhooks, by name, from Secrets of its own namespace.",
  };
}

const writesSecrets = "Secrets are written by a RoleBinding in the namespaces with Certificates.";

const controllers: readonly RoleCut[] = [
  ...["issuers", "clusterissuers"].map((kind): RoleCut => ({
    kind: "ClusterRole",
    name: `cert-manager-controller-${kind}`,
    rules: [own([kind, `${kind}/status`], change), own([kind], READ), secrets(READ), events],
    cut: [secrets(["create", "update", "delete"])],
    reason: writesSecrets,
  })),
  {
    kind: "ClusterRole",
    name: "cert-manager-controller-certificates",
    rules: [
      own(["certificates", "certificates/status", "certificaterequests", "certificaterequests/status"], change),
      own(["certificates", "certificaterequests", "clusterissuers", "issuers"], READ),
      own(["certificates/finalizers", "certificaterequests/finalizers"], ["update"]),
      { apiGroups: [ACME], resources: ["orders"], verbs: ["create", "delete", ...READ] },
      secrets(READ),
      events,
    ],
    cut: [secrets(["create", "update", "delete", "patch"])],
    reason: writesSecrets,
  },
  {
    kind: "ClusterRole",
    name: "cert-manager-controller-challenges",
    rules: [
      { apiGroups: [ACME], resources: ["challenges", "challenges/status"], verbs: change },
      { apiGroups: [ACME], resources: ["challenges"], verbs: READ },
      { apiGroups: [ACME], resources: ["challenges/finalizers"], verbs: ["update"] },
      own(["issuers", "clusterissuers"], READ),
      secrets(READ),
      events,
      // Its informers start whatever the issuers prove with (pkg/controller/acmechallenges/controller.go, Register).
      { apiGroups: [""], resources: ["pods", "services"], verbs: READ },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: READ },
      { apiGroups: [GATEWAY], resources: ["httproutes"], verbs: READ },
    ],
    cut: [
      { apiGroups: [""], resources: ["pods", "services"], verbs: ["create", "delete"] },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["create", "delete", "update"] },
      { apiGroups: [GATEWAY], resources: ["httproutes"], verbs: ["create", "delete", "update"] },
      { apiGroups: ["route.openshift.io"], resources: ["routes/custom-host"], verbs: ["create"] },
    ],
    reason: "Domains are proved over DNS; only proof over HTTP makes pods, Services and routes.",
  },
  {
    kind: "ClusterRole",
    name: "cert-manager-controller-certificatesigningrequests",
    rules: [],
    cut: [
      { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"], verbs: [...READ, "update"] },
      { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests/status"], verbs: change },
      {
        apiGroups: ["certificates.k8s.io"],
        resources: ["signers"],
        verbs: ["sign"],
        resourceNames: ["issuers.cert-manager.io/*", "clusterissuers.cert-manager.io/*"],
      },
      { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    ],
    // pkg/feature/gates.go: ExperimentalCertificateSigningRequestControllers.
    reason: "Signing Kubernetes' own requests is behind a feature gate that is off.",
  },
];

export const cuts = (capabilities: ReadonlySet<Capability>): RoleCut[] => [injector(capabilities), ...controllers];

export function delegations(capabilities: ReadonlySet<Capability>): Delegation[] {
  return [
    {
      account: { namespace: NAMESPACE, name: "cert-manager" },
      role: `${ROLE}:secrets`,
      rules: [secrets(["create", "update", "patch", "delete"])],
      where: { namespaces: [NAMESPACE], work: ["certificates"] },
      excused: ["grant-secret-read", "grant-secret-write"],
      reason: "Writes the keys of Certificates, in the namespaces that have them.",
    },
    ...(injectsEverywhere(capabilities)
      ? []
      : [
          {
            account: { namespace: NAMESPACE, name: "cert-manager-cainjector" },
            role: `${ROLE}:injector`,
            rules: [own(["certificates"], READ), secrets(READ)],
            where: { namespaces: [NAMESPACE] },
            excused: ["grant-secret-read"],
            reason: "Reads the authorities that it writes into webhook configurations.",
          },
        ]),
  ];
}

/**
 * A Secret that is there keeps its type, and every Secret that it makes has the label (v1.21.1,
 * pkg/controller/certificates/issuing/internal/secret.go and keymanager).
 */
const isCertificates = (object: string): string =>
  `${object}.?type.orValue('') == 'kubernetes.io/tls' || ${object}.metadata.?labels[?'controller.cert-manager.io/fao'].orValue('') == 'true'`;

export function accounts(capabilities: ReadonlySet<Capability>): Account[] {
  const everywhere = injectsEverywhere(capabilities);
  return [
    {
      namespace: NAMESPACE,
      name: "cert-manager",
      purpose:
        "Makes the Secrets of Certificates. Upstream's code watches the Secrets of one namespace or of all; this stack has Certificates in several.",
      goal: {
        "write Secrets": [OWN, "namespaces with Certificates"],
        "read Secrets": [EVERYWHERE],
      },
      limits: [
        {
          apiGroup: OWN_GROUP,
          resources: ["issuers", "clusterissuers"],
          operations: ["UPDATE"],
          allowed: same("spec", "metadata.?labels"),
          says: "writes the state of issuers, never who signs",
        },
        {
          apiGroup: "",
          resources: ["secrets"],
          operations: ["CREATE", "UPDATE", "DELETE"],
          allowed: `request.namespace == '${NAMESPACE}' || (${ofBoth(isCertificates)})`,
          says: "writes Secrets of Certificates: of type kubernetes.io/tls, or with its own label",
        },
      ],
    },
    {
      namespace: NAMESPACE,
      name: "cert-manager-cainjector",
      purpose: "Writes the authority of this stack's webhooks into their configurations.",
      goal: {
        "write admission": injected(capabilities),
        "read Secrets": [everywhere ? EVERYWHERE : OWN],
      },
    },
    {
      namespace: NAMESPACE,
      name: WEBHOOK,
      purpose: "Answers for its webhook, with a certificate that it makes itself.",
      goal: { "write Secrets": [OWN], "read Secrets": ["cert-manager-webhook-ca"] },
    },
  ];
}
