import { z } from "zod";
import { cidr, dnsLabel, httpsUrl } from "../../../config/fields";
import { label, type NamespaceRole } from "../../../lib/labels";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { secretStore } from "../frame/secrets";
import { awsRole, azureClient } from "../frame/workload-identity";

export const NAMESPACE = "external-secrets";

/** ServiceAccounts whose tokens the store trusts, one per role, so that neither can read the other's entries. */
export const storeAccount = { operator: "openbao-operator", suite: "openbao-suite" } as const;
const CLOUD_ACCOUNT = "cloud-secret-store";

export const openbaoSettings = z.strictObject({
  server: z
    .url({ protocol: /^https$/, error: "is not an https URL; example: https://openbao.example.nl:8200" })
    .default("https://openbao.openbao.svc:8200"),
  path: z.string().min(1).default("kv").describe("Mount of the key-value engine."),
  version: z.enum(["v1", "v2"]).default("v2"),
  authMount: z.string().min(1).default("kubernetes").describe("Mount of the Kubernetes auth method."),
  caConfigMap: z
    .strictObject({ name: z.string().min(1), key: z.string().min(1).default("ca.crt") })
    .optional()
    .describe(
      "ConfigMap in the external-secrets namespace with the CA of the server; absent: the public CAs of the image.",
    ),
  cidrs: z.array(cidr).default([]).describe("Where the server is, if it is outside the cluster."),
});

/** One store of the cloud provider beside OpenBao, for what only the provider issues. */
export const cloudSettings = z.discriminatedUnion("provider", [
  z.strictObject({
    provider: z.literal("aws"),
    region: z.string().min(1),
    roleArn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:iam::\d{12}:role\//,
        "is not the ARN of an IAM role; example: arn:aws:iam::123456789012:role/platform-secrets",
      ),
    namespaces: z.array(dnsLabel).min(1).describe("Namespaces that may use the store."),
  }),
  z.strictObject({
    provider: z.literal("azure"),
    vaultUrl: httpsUrl,
    tenantId: z.uuid(),
    clientId: z.uuid(),
    namespaces: z.array(dnsLabel).min(1).describe("Namespaces that may use the store."),
  }),
  z.strictObject({
    provider: z.literal("gcp"),
    projectId: z.string().min(1).describe("Project of the secrets."),
    cluster: z
      .strictObject({ projectId: z.string().min(1).optional(), location: z.string().min(1), name: z.string().min(1) })
      .describe(
        "The GKE cluster itself, by which its workload identity is known; `projectId` where it is another project. Not named, it would be asked of the metadata server, which no pod may reach.",
      ),
    serviceAccount: z.string().min(1).describe("Google service account, by workload identity."),
    namespaces: z.array(dnsLabel).min(1).describe("Namespaces that may use the store."),
  }),
]);

export type OpenbaoSettings = z.infer<typeof openbaoSettings>;
export type CloudSettings = z.infer<typeof cloudSettings>;

/** Both stores of OpenBao with the accounts that they log in with. Without conditions every namespace could read them. */
export function openbaoStores(settings: OpenbaoSettings, cloud?: CloudSettings): Manifest[] {
  const roles: NamespaceRole[] = ["operator", "suite"];
  return [
    ...roles.map((role) => serviceAccount(storeAccount[role], {})),
    tokenRole(tokenAccounts(cloud)),
    tokenBinding(),
    ...roles.map((role) => openbaoStore(role, settings)),
  ];
}

function openbaoStore(
  role: NamespaceRole,
  { server, path, version, authMount, caConfigMap }: OpenbaoSettings,
): Manifest {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: secretStore[role], labels: managedLabels },
    spec: {
      refreshInterval: 300,
      conditions: [{ namespaceSelector: { matchLabels: { [label.managed]: "true", [label.role]: role } } }],
      retrySettings: { maxRetries: 5, retryInterval: "10s" },
      provider: {
        vault: {
          server,
          path,
          version,
          ...(caConfigMap === undefined
            ? {}
            : {
                caProvider: { type: "ConfigMap", name: caConfigMap.name, key: caConfigMap.key, namespace: NAMESPACE },
              }),
          auth: {
            kubernetes: {
              mountPath: authMount,
              role: `mijnbureau-${role}`,
              serviceAccountRef: { name: storeAccount[role], namespace: NAMESPACE, audiences: ["openbao"] },
            },
          },
        },
      },
    },
  };
}

/** The provider's own store, open to the named namespaces only. */
export function cloudStore(cloud: CloudSettings): Manifest[] {
  return [
    serviceAccount(CLOUD_ACCOUNT, cloudIdentity(cloud)),
    {
      apiVersion: "external-secrets.io/v1",
      kind: "ClusterSecretStore",
      metadata: { name: `cloud-${cloud.provider}`, labels: managedLabels },
      spec: { conditions: [{ namespaces: [...cloud.namespaces] }], provider: cloudProvider(cloud) },
    },
  ];
}

function cloudIdentity(cloud: CloudSettings): Record<string, string> {
  switch (cloud.provider) {
    case "aws":
      return awsRole(cloud.roleArn);
    case "azure":
      return {
        ...azureClient(cloud.clientId),
        "azure.workload.identity/tenant-id": cloud.tenantId,
      };
    case "gcp":
      return { "iam.gke.io/gcp-service-account": cloud.serviceAccount };
  }
}

function cloudProvider(cloud: CloudSettings): Record<string, unknown> {
  const serviceAccountRef = { name: CLOUD_ACCOUNT, namespace: NAMESPACE };
  switch (cloud.provider) {
    case "aws":
      return { aws: { service: "SecretsManager", region: cloud.region, auth: { jwt: { serviceAccountRef } } } };
    case "azure":
      return { azurekv: { authType: "WorkloadIdentity", vaultUrl: cloud.vaultUrl, serviceAccountRef } };
    case "gcp":
      return {
        gcpsm: {
          projectID: cloud.projectId,
          auth: {
            workloadIdentity: {
              serviceAccountRef,
              // All three, or the controller asks the metadata server (providers/v1/gcp/secretmanager/workload_identity.go).
              clusterProjectID: cloud.cluster.projectId ?? cloud.projectId,
              clusterLocation: cloud.cluster.location,
              clusterName: cloud.cluster.name,
            },
          },
        },
      };
  }
}

/** Accounts whose tokens the controller may request: named one by one instead of every account of the cluster. */
/** Whose tokens the stores trust. */
export function tokenAccounts(cloud: CloudSettings | undefined): string[] {
  return [storeAccount.operator, storeAccount.suite, ...(cloud === undefined ? [] : [CLOUD_ACCOUNT])];
}

function serviceAccount(name: string, annotations: Record<string, string>): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: NAMESPACE, labels: managedLabels, annotations },
    automountServiceAccountToken: false,
  };
}

const TOKEN_ROLE = "external-secrets-store-tokens";

function tokenRole(accounts: readonly string[]): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: TOKEN_ROLE, namespace: NAMESPACE, labels: managedLabels },
    rules: [{ apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [...accounts], verbs: ["create"] }],
  };
}

function tokenBinding(): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: TOKEN_ROLE, namespace: NAMESPACE, labels: managedLabels },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: TOKEN_ROLE },
    subjects: [{ kind: "ServiceAccount", name: "external-secrets", namespace: NAMESPACE }],
  };
}
