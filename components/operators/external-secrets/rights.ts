import { changingSecrets } from "../../../suite/secrets";
import { literal, text } from "../../admission/cel";
import { EVERYWHERE, type Account, type Delegation, type RoleCut } from "../frame/accounts";
import { ofBoth, same } from "../frame/limits";
import { READ, type PolicyRule } from "../frame/rights";
import { WRITTEN_LABEL } from "../frame/secrets";

const NAMESPACE = "external-secrets";
const CONTROLLER = { namespace: NAMESPACE, name: "external-secrets" };
const CERTIFICATES = { namespace: NAMESPACE, name: "external-secrets-cert-controller" };
const WEBHOOK_SECRET = "external-secrets-webhook";
const webhookNames = ["secretstore-validate", "externalsecret-validate"];

const GROUP = "external-secrets.io";
const GENERATORS = "generators.external-secrets.io";
const ADMISSION = "admissionregistration.k8s.io";
const DEFINITIONS = "apiextensions.k8s.io";
const events: PolicyRule = { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] };
const leases: PolicyRule = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  verbs: ["get", "create", "update", "patch"],
};
const secrets = (verbs: readonly string[]): PolicyRule => ({ apiGroups: [""], resources: ["secrets"], verbs });
/** Their finalizers too: on OpenShift an owner reference needs the right to those of the owner. */
const kept = ["externalsecrets", "secretstores", "clustersecretstores", "pushsecrets"];

/** Kinds that draw or fetch values; the stack uses Password. */
const generators = [
  "acraccesstokens",
  "beyondtrustworkloadcredentialsdynamicsecrets",
  "cloudsmithaccesstokens",
  "clustergenerators",
  "ecrauthorizationtokens",
  "fakes",
  "gcraccesstokens",
  "githubaccesstokens",
  "gitlabdeploytokens",
  "grafanas",
  "mfas",
  "passwords",
  "quayaccesstokens",
  "sshkeys",
  "stssessiontokens",
  "uuids",
  "vaultdynamicsecrets",
  "webhooks",
];

const controllerCut: RoleCut = {
  kind: "ClusterRole",
  name: "external-secrets-controller",
  rules: [
    { apiGroups: [GROUP], resources: kept, verbs: READ },
    {
      apiGroups: [GROUP],
      resources: kept.flatMap((kind) => [kind, `${kind}/status`, `${kind}/finalizers`]),
      verbs: ["get", "update", "patch"],
    },
    {
      apiGroups: [GENERATORS],
      resources: ["generatorstates"],
      verbs: [...READ, "create", "update", "patch", "delete", "deletecollection"],
    },
    { apiGroups: [GENERATORS], resources: generators, verbs: READ },
    { apiGroups: [""], resources: ["serviceaccounts", "namespaces", "configmaps"], verbs: READ },
    // Metadata of all, for what changes beside it (v2.9.0, pkg/controllers/externalsecret, SetupWithManager).
    secrets(READ),
    events,
  ],
  cut: [
    secrets(["create", "update", "delete", "patch"]),
    { apiGroups: [GROUP], resources: ["externalsecrets", "pushsecrets"], verbs: ["create", "update", "delete"] },
    {
      apiGroups: [GROUP],
      resources: ["clusterexternalsecrets", "clusterexternalsecrets/status", "clusterexternalsecrets/finalizers"],
      verbs: [...READ, "update", "patch"],
    },
    { apiGroups: [""], resources: ["namespaces"], verbs: ["update", "patch"] },
    { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
  ],
  reason:
    "Secrets are written by a RoleBinding in the namespaces with ExternalSecrets; those for many namespaces at once are off.",
};

const certificatesCut: RoleCut = {
  kind: "ClusterRole",
  name: CERTIFICATES.name,
  rules: [
    { apiGroups: [DEFINITIONS], resources: ["customresourcedefinitions"], verbs: READ },
    { apiGroups: [ADMISSION], resources: ["validatingwebhookconfigurations"], verbs: READ },
    {
      apiGroups: [ADMISSION],
      resources: ["validatingwebhookconfigurations"],
      resourceNames: webhookNames,
      verbs: ["update", "patch"],
    },
    // Whether its webhook answers, through a cache of all.
    { apiGroups: ["", "discovery.k8s.io"], resources: ["endpoints", "endpointslices"], verbs: READ },
    events,
  ],
  cut: [
    // No kind of ours has a conversion webhook (v2.9.0, pkg/controllers/crds/crds_controller.go, injectService).
    {
      apiGroups: [DEFINITIONS],
      resources: ["customresourcedefinitions"],
      resourceNames: ["externalsecrets", "secretstores", "clustersecretstores"].map((kind) => `${kind}.${GROUP}`),
      verbs: ["update", "patch"],
    },
    secrets(READ),
    { ...secrets(["update", "patch"]), resourceNames: [WEBHOOK_SECRET] },
    leases,
  ],
  reason: "Its Secret and its lease are in its own namespace, and it never caches Secrets.",
};

export const cuts: readonly RoleCut[] = [controllerCut, certificatesCut];

export const delegations: readonly Delegation[] = [
  {
    account: CONTROLLER,
    role: "mijnbureau-platform:external-secrets:secrets",
    rules: [secrets(["create", "update", "patch", "delete"])],
    where: { work: ["externalSecrets"] },
    excused: ["grant-secret-read", "grant-secret-write"],
    reason: "Writes the Secrets that ExternalSecrets ask for, in the namespaces that have them.",
  },
  {
    account: CERTIFICATES,
    role: "mijnbureau-platform:external-secrets:certificates",
    rules: [
      // It reads by name and caches none (v2.9.0, cmd/controller/certcontroller.go, DisableFor).
      { ...secrets(["get", "update", "patch"]), resourceNames: [WEBHOOK_SECRET] },
      leases,
    ],
    where: { namespaces: [NAMESPACE] },
    excused: [],
    reason: "Renews the certificate of its webhook.",
  },
];

const without = (map: string, key: string): string =>
  `${map}.orValue({}).transformMap(key, value, key != ${text(key)}, value)`;

/** Older versions write the whole object, with empty fields that were not there (apis/externalsecrets/v1, no pointers). */
const asksTheSame = [
  (object: string) => `dyn(${object}).spec.transformMap(key, value, !(key in ['secretStoreRef', 'target']), value)`,
  (object: string) => `dyn(${object}).spec.?secretStoreRef.orValue({})`,
  (object: string) => without(`dyn(${object}).spec.?target`, "template"),
  (object: string) => without(`dyn(${object}).spec.?target.?template`, "metadata"),
  (object: string) => `dyn(${object}).spec.?target.?template.?metadata.orValue({})`,
]
  .map((part) => `${part("object")} == ${part("oldObject")}`)
  .join(" && ");

/** What it wrote before, and the Secrets of Helm that it writes keys of. */
const itsSecrets = ofBoth(
  (object) =>
    `${object}.metadata.?labels[?${text(WRITTEN_LABEL)}].orValue('') == 'true' || ${object}.metadata.name in ${literal([...changingSecrets])}`,
);

/** Seconds that a token for the store is good for; the controller asks for ten minutes (providers/v1/vault, auth). */
const LONGEST_LOGIN = 3600;

/** @param logins the accounts whose tokens the stores trust */
export const accounts = (logins: readonly string[]): Account[] => [
  {
    ...CONTROLLER,
    purpose:
      "Writes the Secrets of ExternalSecrets, and asks for tokens of its two logins at the store. Upstream's code watches the Secrets of one namespace or of all.",
    goal: {
      "write Secrets": ["namespaces with ExternalSecrets"],
      "read Secrets": [EVERYWHERE],
      "take other identities": logins,
    },
    limits: [
      {
        apiGroup: GROUP,
        resources: ["secretstores", "clustersecretstores"],
        operations: ["UPDATE"],
        allowed: same("spec", "metadata.?labels"),
        says: "writes the state of stores, never where they are",
      },
      {
        apiGroup: GROUP,
        resources: ["externalsecrets"],
        operations: ["UPDATE"],
        allowed: `${same("metadata.?labels")} && ${asksTheSame}`,
        says: "writes the state of ExternalSecrets, never what they ask for",
      },
      {
        apiGroup: GROUP,
        resources: ["pushsecrets"],
        operations: ["UPDATE"],
        allowed: same("spec", "metadata.?labels"),
        says: "writes the state of PushSecrets, never what they send",
      },
      {
        apiGroup: "",
        resources: ["secrets"],
        operations: ["CREATE", "UPDATE", "DELETE"],
        allowed: itsSecrets,
        says: `writes Secrets with the label ${WRITTEN_LABEL}, and keys of the suite's, and no others`,
      },
      {
        apiGroup: "",
        resources: ["serviceaccounts/token"],
        operations: ["CREATE"],
        allowed: `object.spec.?expirationSeconds.orValue(${LONGEST_LOGIN}) <= ${LONGEST_LOGIN}`,
        says: "asks for tokens of an hour at most: no login outlives the account's being taken back",
      },
    ],
  },
  {
    ...CERTIFICATES,
    purpose: "Renews the certificate of its webhook.",
    goal: {
      "write admission": webhookNames,
      "write Secrets": [WEBHOOK_SECRET],
      "read Secrets": [WEBHOOK_SECRET],
    },
  },
];
