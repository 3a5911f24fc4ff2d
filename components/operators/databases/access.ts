import { copiedSecret, secretStore } from "../frame/secrets";
import { awsRole, azureClient, azureToken } from "../frame/workload-identity";
import type { Manifest } from "../../kubernetes-object";
import type { AppDatabase } from "../../../suite/app";
import { clusterOf } from "../../../suite/stores";
import type { Store } from "./settings";

/** The login for the object store; the suite's own charts know no such Secret. */
const storeSecret = (app: string): string => `${clusterOf(app)}-backup`;

/** The login of the app's user; of the name and kind that the suite gives it (cnpg-cluster-credentials). */
export const appSecret = (app: string): string => `${clusterOf(app)}-app`;

/** How the instances reach the store: `configuration` of the ObjectStore. */
export function storeAccess(store: Store, app: string, folder: string): Record<string, unknown> {
  const key = (name: string) => ({ name: storeSecret(app), key: name });
  switch (store.provider) {
    case "s3":
      return {
        destinationPath: `s3://${store.bucket}/${folder}`,
        endpointURL: store.url,
        ...(store.caKey === undefined ? {} : { endpointCA: key("ca.crt") }),
        s3Credentials:
          store.roleArn === undefined
            ? { accessKeyId: key("access-key"), secretAccessKey: key("secret-key"), region: key("region") }
            : { inheritFromIAMRole: true },
      };
    case "azure":
      return {
        destinationPath: `https://${store.account}.blob.core.windows.net/${store.container}/${folder}`,
        azureCredentials:
          store.clientId === undefined
            ? { storageAccount: key("account"), storageKey: key("account-key") }
            : { inheritFromAzureAD: true },
      };
    case "gcs":
      return {
        destinationPath: `gs://${store.bucket}/${folder}`,
        // Workload identity of GKE asks the metadata server, which no pod may reach.
        googleCredentials: { applicationCredentials: key("credentials.json") },
      };
  }
}

/** Annotations of the instances' account and labels of their pods, where the cloud knows them by their token. */
export function identity(store: Store): { annotations: Record<string, string>; labels: Record<string, string> } {
  if (store.provider === "s3" && store.roleArn !== undefined) {
    return { annotations: awsRole(store.roleArn), labels: {} };
  }
  if (store.provider === "azure" && store.clientId !== undefined) {
    return { annotations: azureClient(store.clientId), labels: azureToken };
  }
  return { annotations: {}, labels: {} };
}

interface Login {
  /** Key of the Secret -> property of the app's entry in the secret store. */
  readonly values: Readonly<Record<string, string>>;
  readonly literals: Readonly<Record<string, string>>;
}

function loginOf(store: Store): Login | undefined {
  switch (store.provider) {
    case "s3": {
      const ca: Record<string, string> = store.caKey === undefined ? {} : { "ca.crt": store.caKey };
      if (store.roleArn !== undefined) return store.caKey === undefined ? undefined : { values: ca, literals: {} };
      return {
        values: { "access-key": "backup-access-key", "secret-key": "backup-secret-key", ...ca },
        literals: { region: store.region },
      };
    }
    case "azure":
      if (store.clientId !== undefined) return undefined;
      return { values: { "account-key": "backup-account-key" }, literals: { account: store.account } };
    case "gcs":
      return { values: { "credentials.json": "backup-credentials" }, literals: {} };
  }
}

/** ExternalSecrets of one app's database: its user's password, and the login for the object store. */
export function databaseSecrets(app: string, namespace: string, database: AppDatabase, store: Store): Manifest[] {
  const login = loginOf(store);
  return [
    externalSecret(app, namespace, appSecret(app), {
      values: { password: database.password },
      literals: { username: database.user },
      type: "kubernetes.io/basic-auth",
    }),
    ...(login === undefined ? [] : [externalSecret(app, namespace, storeSecret(app), { ...login, type: "Opaque" })]),
  ];
}

/** Changes of these reach PostgreSQL only with the label (CloudNativePG, "Labels and annotations", `cnpg.io/reload`). */
const reload = { "cnpg.io/reload": "true" };

function externalSecret(
  app: string,
  namespace: string,
  name: string,
  { values, literals, type }: Login & { readonly type: string },
): Manifest {
  const entries = Object.entries(values);
  return copiedSecret({
    namespace,
    name,
    store: secretStore.suite,
    values: Object.fromEntries(
      entries.map(([, property], index) => [`value${index}`, { key: `mijnbureau/${app}`, property }]),
    ),
    template: {
      type,
      labels: reload,
      data: { ...literals, ...Object.fromEntries(entries.map(([key], index) => [key, `{{ .value${index} }}`])) },
    },
  });
}
