import { prefixOf, type Facts } from "../frame/facts";
import { bucket, type Outside } from "../frame/flows";
import type { RemoteValue } from "../frame/secrets";
import { oneLine, serviceAccountKey } from "../frame/secret-templates";
import { awsRole, azureClient, azureToken } from "../frame/workload-identity";
import { regions } from "../../../config/regions";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Location } from "./settings";

export const NAMESPACE = "velero";
export const STORE_SECRET = "velero-object-store";
/** Where the customer's key is mounted for SSE-C. */
export const CUSTOMER_KEY_PATH = "/credentials-sse/customer-key";
/** Where the configuration of Google's federation, which holds no secret, and the token for it are mounted. */
export const GCP_PATH = "/credentials-gcp";

/** What a stack says of its buckets. */
export interface Located {
  readonly storage: Location;
  readonly secondary?: { readonly location: Location; readonly mode: "schedule" | "replica" } | undefined;
  readonly received?: Location | undefined;
}

/** A bucket of the stack with its role, and the entry of the secret store that has its credential. */
export interface Place {
  readonly role: "storage" | "secondary" | "received";
  readonly location: Location;
  /** Key of the credential in the Secret. */
  readonly credential: string;
  readonly entry: string;
}

/** Each with a credential of its own: who holds one cannot touch the other. */
export function placesOf({ storage, secondary, received }: Located): Place[] {
  return [
    { role: "storage", location: storage, credential: "cloud", entry: "platform/velero" },
    ...(secondary === undefined
      ? []
      : [
          {
            role: "secondary" as const,
            location: secondary.location,
            credential: "cloud-secondary",
            entry: "platform/velero-secondary",
          },
        ]),
    ...(received === undefined
      ? []
      : [
          {
            role: "received" as const,
            location: received,
            credential: "cloud-received",
            entry: "platform/velero-received",
          },
        ]),
  ];
}

/** Regions that keep their second copy in this one (config/region-facts.json). */
export function receivedFrom(region: string): string[] {
  return Object.entries(regions)
    .filter(([name, { backupRegion }]) => name !== region && backupRegion === region)
    .map(([name]) => name);
}

export interface LocationArgs {
  readonly name: string;
  readonly location: Location;
  readonly primary: boolean;
  readonly readOnly: boolean;
  /** Folder, where the location names none. */
  readonly cluster: string;
  /** Key of the credential in the Secret. */
  readonly credential?: string;
  /** Absent: five minutes. */
  readonly syncPeriod?: string;
}

export function storageLocation(args: LocationArgs): Manifest {
  const { name, location, primary, readOnly, cluster, credential = "cloud", syncPeriod = "5m0s" } = args;
  const caKey = location.provider === "s3" ? location.caKey : undefined;
  return {
    apiVersion: "velero.io/v1",
    kind: "BackupStorageLocation",
    metadata: { name, namespace: NAMESPACE, labels: managedLabels },
    spec: {
      provider: pluginOf(location).provider,
      default: primary,
      accessMode: readOnly ? "ReadOnly" : "ReadWrite",
      backupSyncPeriod: syncPeriod,
      validationFrequency: "5m0s",
      ...(hasIdentity(location) ? {} : { credential: { name: STORE_SECRET, key: credential } }),
      objectStorage: {
        bucket: location.bucket,
        prefix: location.prefix === "" ? cluster : location.prefix,
        ...(caKey === undefined ? {} : { caCertRef: { name: STORE_SECRET, key: caKey } }),
      },
      config: configOf(location),
    },
  };
}

/**
 * What other regions keep here, to be read when one of them is lost. Until then nothing of it is listed: their backups have
 * the names of our schedules, and would hide that ours had stopped.
 */
export function receivedLocations(facts: Facts, location: Location): Manifest[] {
  return receivedFrom(facts.region).map((region) =>
    storageLocation({
      name: `from-${region}`,
      location: { ...location, prefix: prefixFrom(location, { ...facts, region }) },
      primary: false,
      readOnly: true,
      cluster: "",
      credential: "cloud-received",
      syncPeriod: "0s",
    }),
  );
}

const prefixFrom = (location: Location, facts: Facts): string =>
  location.prefix === "" ? prefixOf(facts) : location.prefix;

/** Whether the pods log in as themselves, without a key. */
function hasIdentity(location: Location): boolean {
  switch (location.provider) {
    case "s3":
      return location.roleArn !== undefined;
    case "azure":
      return location.clientId !== undefined;
    case "gcp":
      return location.workloadIdentity !== undefined;
  }
}

function configOf(location: Location): Record<string, string> {
  switch (location.provider) {
    case "s3":
      return {
        region: location.region,
        s3ForcePathStyle: String(location.pathStyle),
        s3Url: location.url,
        checksumAlgorithm: location.checksumAlgorithm,
        ...encryptionConfig(location),
      };
    case "azure":
      return {
        storageAccount: location.storageAccount,
        resourceGroup: location.resourceGroup,
        subscriptionId: location.subscriptionId,
        // By a role on data alone; without it the plugin asks for the account's keys.
        useAAD: "true",
        storageAccountURI: `https://${azureHost(location.storageAccount)}`,
      };
    case "gcp":
      return {
        ...(location.kmsKeyName === undefined ? {} : { kmsKeyName: location.kmsKeyName }),
        // By which the plugin signs addresses for downloads, where there is no key to sign with.
        ...(location.workloadIdentity === undefined
          ? {}
          : { serviceAccount: location.workloadIdentity.serviceAccount }),
      };
  }
}

type S3 = Extract<Location, { provider: "s3" }>;

function encryptionConfig({ encryption }: S3): Record<string, string> {
  switch (encryption.mode) {
    case "sse-s3":
      return { serverSideEncryption: "AES256" };
    case "sse-kms":
      return { serverSideEncryption: "aws:kms", kmsKeyId: encryption.keyId };
    case "sse-c":
      return { customerKeyEncryptionFile: CUSTOMER_KEY_PATH };
  }
}

export const usesCustomerKey = (location: Location): boolean =>
  location.provider === "s3" && location.encryption.mode === "sse-c";

const azureHost = (account: string): string => `${account}.blob.core.windows.net`;

/** Where the bucket is, and where the pods log in. */
export function outsideOf(name: string, location: Location): Outside[] {
  const { cidrs } = location;
  switch (location.provider) {
    case "s3": {
      const sts = { name: `${name}-login`, hosts: [`sts.${location.region}.amazonaws.com`] };
      return [bucket(name, location), ...(hasIdentity(location) ? [sts] : [])];
    }
    case "azure":
      return [
        { name, hosts: [azureHost(location.storageAccount)], cidrs },
        { name: `${name}-login`, hosts: ["login.microsoftonline.com"] },
      ];
    case "gcp": {
      const login = { name: `${name}-login`, hosts: ["oauth2.googleapis.com"] };
      const federated = {
        name: `${name}-login`,
        hosts: ["sts.googleapis.com", "iamcredentials.googleapis.com"],
      };
      return [{ name, hosts: ["storage.googleapis.com"], cidrs }, hasIdentity(location) ? federated : login];
    }
  }
}

/** Velero's plugin for a kind of store; 1.14 pairs with Velero 1.18 (the plugins' READMEs, compatibility matrix). */
export function pluginOf({ provider }: Location): { readonly provider: string; readonly image: string } {
  const plugins = {
    s3: { provider: "aws", image: "docker.io/velero/velero-plugin-for-aws:v1.14.0" },
    azure: { provider: "azure", image: "docker.io/velero/velero-plugin-for-microsoft-azure:v1.14.0" },
    gcp: { provider: "gcp", image: "docker.io/velero/velero-plugin-for-gcp:v1.14.0" },
  } as const;
  return plugins[provider];
}

/** The Secret's value of a location, as template over the properties of its entry; absent: the pods log in as themselves. */
export function credentialOf({ location, entry, role }: Place):
  | {
      readonly values: Readonly<Record<string, RemoteValue>>;
      readonly template: string;
    }
  | undefined {
  if (hasIdentity(location)) return undefined;
  const value = (property: string): [string, RemoteValue] => [`${role}_${property}`, { key: entry, property }];
  const of = (property: string): string => oneLine(`${role}_${property}`);
  switch (location.provider) {
    case "s3":
      return {
        values: Object.fromEntries([value("access_key"), value("secret_key")]),
        template: `[default]\naws_access_key_id=${of("access_key")}\naws_secret_access_key=${of("secret_key")}\n`,
      };
    case "azure":
      return {
        values: Object.fromEntries([value("tenant_id"), value("client_id"), value("client_secret")]),
        template:
          `AZURE_SUBSCRIPTION_ID=${location.subscriptionId}\nAZURE_RESOURCE_GROUP=${location.resourceGroup}\n` +
          `AZURE_TENANT_ID=${of("tenant_id")}\nAZURE_CLIENT_ID=${of("client_id")}\n` +
          `AZURE_CLIENT_SECRET=${of("client_secret")}\nAZURE_CLOUD_NAME=AzurePublicCloud\n`,
      };
    case "gcp":
      return {
        values: Object.fromEntries([value("service_account_key")]),
        template: serviceAccountKey(`${role}_service_account_key`),
      };
  }
}

/** How the pods log in as themselves, by provider: what their account, their labels and their environment have. */
export function identityOf(locations: readonly Location[]): {
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly gcp?: { readonly audience: string; readonly serviceAccount: string };
} {
  const annotations: Record<string, string> = {};
  const labels: Record<string, string> = {};
  let gcp: { audience: string; serviceAccount: string } | undefined;
  for (const location of locations) {
    if (location.provider === "s3" && location.roleArn !== undefined) {
      Object.assign(annotations, awsRole(location.roleArn));
    }
    if (location.provider === "azure" && location.clientId !== undefined) {
      Object.assign(annotations, azureClient(location.clientId));
      Object.assign(labels, azureToken);
    }
    if (location.provider === "gcp" && location.workloadIdentity !== undefined) gcp = location.workloadIdentity;
  }
  return { annotations, labels, ...(gcp === undefined ? {} : { gcp }) };
}

/** One account has one identity of a provider. */
export function identityProblems(places: readonly Place[]): string[] {
  const key = ({ location }: Place): string | undefined => {
    if (!hasIdentity(location)) return undefined;
    return JSON.stringify(
      location.provider === "s3"
        ? location.roleArn
        : location.provider === "azure"
          ? location.clientId
          : location.workloadIdentity,
    );
  };
  return places.flatMap((place) => {
    const other = places.find(
      (each) =>
        each.location.provider === place.location.provider && key(each) !== undefined && key(place) !== undefined,
    );
    if (other === undefined || key(other) === key(place)) return [];
    return [
      `operators.velero.${place.role}: logs in as ${String(key(place))}, and ${other.role} as ${String(key(other))}; Velero's pods have one identity. Give both buckets to one, or this one a static key`,
    ];
  });
}
