import type { KubeObject, ObjectRef } from "../../../lib/kube/client";
import { account, type Attack, create, given, patch, policy, remove, request, type Step } from "../attack";
import { NAMESPACE, object } from "./_objects";
import { limit, orphaned, restoring } from "./_operators";

const externalSecrets = account("external-secrets", "external-secrets");
const certManager = account("cert-manager", "cert-manager");
const snapshots = account("snapshot-controller", "snapshot-controller");
const grafana = account("grafana-operator", "grafana-operator");

const OWNERS = policy("mijnbureau-platform-owners-of-operators", "from who may delete it");

const API = "external-secrets.io/v1";
const secret = (namespace: string, name: string): KubeObject =>
  object("v1", "Secret", { stringData: { a: "b" } }, { namespace, name });
const store: ObjectRef = { apiVersion: API, kind: "ClusterSecretStore", name: "openbao-suite" };
const issuer: ObjectRef = { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", name: "platform-internal" };
const unlabelled = { metadata: { labels: { "mijnbureau-platform/managed": null } } };

const asking = (spec: object = {}): KubeObject =>
  object(
    API,
    "ExternalSecret",
    {
      spec: {
        secretStoreRef: { kind: "ClusterSecretStore", name: "openbao" },
        data: [{ secretKey: "key", remoteRef: { key: "platform/velero", property: "key" } }],
        target: { name: "attack", template: { data: { key: "{{ .key }}" } } },
        ...spec,
      },
    },
    { namespace: "velero" },
  );
const ASKED = limit("external-secrets", "externalsecrets", "never what they ask for");
const asksFor = (id: string, attempt: string, change: object): Attack => ({
  id: `beyond/external-secret-${id}`,
  position: externalSecrets,
  attempt,
  steps: [given(asking()), patch(asking(), { spec: change })],
  refusedBy: ASKED,
});

const SECRETS = limit("external-secrets", "secrets", "and no others");
const TLS_ONLY = limit("cert-manager", "secrets", "writes Secrets of Certificates");
const onSecret = (id: string, of: Pick<Attack, "position" | "attempt" | "refusedBy">, steps: Step[]): Attack => ({
  id: `beyond/secret-${id}`,
  ...of,
  steps,
});
const repository = secret("velero", "velero-repo-credentials");
const ofHelm = secret(NAMESPACE, "attack");

const ofStores: readonly Attack[] = [
  asksFor("key", "Has the keys of another copied into a Secret, by what an ExternalSecret asks for", {
    data: [{ secretKey: "key", remoteRef: { key: "mijnbureau/keycloak", property: "key" } }],
  }),
  asksFor("store", "Has an ExternalSecret ask another store", {
    secretStoreRef: { kind: "ClusterSecretStore", name: "openbao-suite" },
  }),
  asksFor("target", "Has an ExternalSecret write another Secret", { target: { name: "velero-repo-credentials" } }),
  asksFor("template", "Has an ExternalSecret write something else", {
    target: { template: { data: { key: "{{ .key }} and more" } } },
  }),
  asksFor("labels", "Has an ExternalSecret put labels on its Secret", {
    target: { template: { metadata: { labels: { "velero.io/plugin-config": "" } } } },
  }),
  asksFor("more", "Has an ExternalSecret ask for a whole entry", { dataFrom: [{ extract: { key: "mijnbureau" } }] }),
  {
    id: "beyond/push-secret",
    position: externalSecrets,
    attempt: "Has another Secret sent to the store",
    steps: [
      given(
        object(
          "external-secrets.io/v1alpha1",
          "PushSecret",
          { spec: { selector: { secret: { name: "a" } } } },
          { namespace: "velero" },
        ),
      ),
      patch(object("external-secrets.io/v1alpha1", "PushSecret", {}, { namespace: "velero" }), {
        spec: { selector: { secret: { name: "b" } } },
      }),
    ],
    refusedBy: limit("external-secrets", "pushsecrets", "never what they send"),
  },
  {
    id: "beyond/long-login",
    position: externalSecrets,
    attempt: "Keeps a login at the store for ten years, also when its account is taken back",
    steps: [
      request("POST", "/api/v1/namespaces/external-secrets/serviceaccounts/openbao-suite/token", {
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { audiences: ["openbao"], expirationSeconds: 315_360_000 },
        },
      }),
    ],
    refusedBy: limit("external-secrets", "serviceaccounts-token", "an hour at most"),
  },
  {
    id: "beyond/store-unlabelled",
    position: externalSecrets,
    attempt: "Takes the platform's label off a store, so that it is nobody's",
    steps: [patch(store, unlabelled)],
    refusedBy: limit("external-secrets", "secretstores", "never where they are"),
  },
  {
    id: "beyond/issuer-unlabelled",
    position: certManager,
    attempt: "Takes the platform's label off an issuer, so that it is nobody's",
    steps: [patch(issuer, unlabelled)],
    refusedBy: limit("cert-manager", "issuers", "never who signs"),
  },
];

const ofSecrets: readonly Attack[] = [
  onSecret(
    "of-backups",
    {
      position: externalSecrets,
      attempt: "Deletes the password of all backups, beside the Secrets that it writes",
      refusedBy: SECRETS,
    },
    [given(repository), remove(repository)],
  ),
  onSecret(
    "of-monitoring",
    { position: externalSecrets, attempt: "Changes the login of Grafana's administrator", refusedBy: SECRETS },
    [given(secret("monitoring", "attack")), patch(secret("monitoring", "attack"), { stringData: { a: "c" } })],
  ),
  onSecret(
    "made",
    { position: externalSecrets, attempt: "Makes a Secret that no ExternalSecret asks for", refusedBy: SECRETS },
    [create(secret("monitoring", "attack"))],
  ),
  onSecret("of-app", { position: certManager, attempt: "Changes the keys of an app", refusedBy: TLS_ONLY }, [
    given(ofHelm),
    patch(ofHelm, { stringData: { a: "c" } }),
  ]),
  onSecret(
    "of-app-labelled",
    { position: certManager, attempt: "Changes the keys of an app and calls them its own", refusedBy: TLS_ONLY },
    [
      given(ofHelm),
      patch(ofHelm, {
        metadata: { labels: { "controller.cert-manager.io/fao": "true" } },
        stringData: { a: "c" },
      }),
    ],
  ),
  onSecret("of-app-deleted", { position: certManager, attempt: "Deletes the keys of an app", refusedBy: TLS_ONLY }, [
    given(ofHelm),
    remove(ofHelm),
  ]),
];

const claim = object(
  "v1",
  "PersistentVolumeClaim",
  { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  { namespace: "monitoring" },
);
const contents = (source: object): KubeObject => ({
  apiVersion: "snapshot.storage.k8s.io/v1",
  kind: "VolumeSnapshotContent",
  metadata: { name: "attack" },
  spec: {
    deletionPolicy: "Retain",
    driver: "csi.example.nl",
    source,
    volumeSnapshotRef: { name: "data", namespace: NAMESPACE },
  },
});
const CONTENTS = limit("snapshot-controller", "volumesnapshotcontents", "what they are of and for");
const changing = (id: string, attempt: string, change: object): Attack => ({
  id: `beyond/contents-${id}`,
  position: snapshots,
  attempt,
  steps: [given(contents({ volumeHandle: "a" })), patch(contents({}), { spec: change })],
  refusedBy: CONTENTS,
});

const ofVolumes: readonly Attack[] = [
  changing("of-somebody", "Has the contents of a snapshot be those of a snapshot of somebody else", {
    source: { volumeHandle: null, snapshotHandle: "b" },
  }),
  changing("for-somebody", "Gives the contents of a snapshot to another namespace", {
    volumeSnapshotRef: { namespace: "monitoring" },
  }),
  changing("deleted", "Has a snapshot deleted that is to stay", { deletionPolicy: "Delete" }),
  {
    id: "beyond/contents-handle",
    position: snapshots,
    attempt: "Says in its state that a snapshot is another one in the storage",
    steps: [
      given(contents({ volumeHandle: "a" })),
      request("PATCH", "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents/attack/status", {
        contentType: "application/merge-patch+json",
        body: { status: { snapshotHandle: "b" } },
      }),
    ],
    refusedBy: CONTENTS,
  },
  {
    id: "beyond/claim-deleted",
    position: snapshots,
    attempt:
      "Has the volume of the metrics deleted, by the right to its claim's finalizers and an owner that is not there",
    steps: [
      given(claim),
      {
        run: async (client, { dryRun }) => {
          const { apiVersion, kind } = claim;
          const found = await client.get({ apiVersion, kind, name: "attack", namespace: "monitoring" });
          const metadata = { ...found.metadata, ...orphaned.metadata, resourceVersion: undefined };
          return client.request("PUT", "/api/v1/namespaces/monitoring/persistentvolumeclaims/attack", {
            body: { ...found, metadata },
            query: dryRun ? { dryRun: "All" } : {},
          });
        },
      },
    ],
    refusedBy: OWNERS,
    also: [limit("snapshot-controller", "persistentvolumeclaims", "changes the finalizers of claims")],
  },
];

const ownedBy = (id: string, of: Pick<Attack, "position" | "attempt">, steps: Step[]): Attack => ({
  id: `beyond/owner-${id}`,
  ...of,
  steps,
  refusedBy: OWNERS,
});

const ofOwners: readonly Attack[] = [
  ownedBy(
    "issuer",
    { position: certManager, attempt: "Has the platform's issuer deleted, by an owner that is not there" },
    [patch(issuer, orphaned)],
  ),
  ownedBy("store", { position: externalSecrets, attempt: "Has a store deleted, by an owner that is not there" }, [
    patch(store, orphaned),
  ]),
  ownedBy(
    "external-secret",
    {
      position: externalSecrets,
      attempt: "Has an ExternalSecret of an operator deleted, by an owner that is not there",
    },
    [given(asking()), patch(asking(), orphaned)],
  ),
];

const ofOthers: readonly Attack[] = [
  {
    id: "beyond/grafana-elsewhere",
    position: grafana,
    attempt:
      "Has the login of Grafana's administrator sent to an address of its own, also when its account is taken back",
    steps: [
      given(
        object(
          "grafana.integreatly.org/v1beta1",
          "Grafana",
          { spec: { external: { url: "http://grafana.monitoring.svc" } } },
          { namespace: "monitoring" },
        ),
      ),
      patch(object("grafana.integreatly.org/v1beta1", "Grafana", {}, { namespace: "monitoring" }), {
        spec: { external: { url: "https://example.org" } },
      }),
    ],
    refusedBy: limit("grafana-operator", "grafanas", "never where they are"),
  },
  ...(
    [
      ["backup", "Restores any backup, also a doctored one", { scheduleName: undefined, backupName: "doctored" }],
      ["over", "Changes what is there already by a restore", { existingResourcePolicy: "update" }],
      ["state", "Restores the state of objects too", { restoreStatus: { includedResources: ["*"] } }],
    ] as const
  ).map(([id, attempt, spec]) => restoring(`beyond/drill-${id}`, attempt, spec)),
];

/** From the account of an operator that is taken over: what its rights would allow and its work does not need. */
export const beyondAttacks: readonly Attack[] = [...ofStores, ...ofSecrets, ...ofVolumes, ...ofOwners, ...ofOthers];
