import { createHash } from "node:crypto";
import { z } from "zod";
import { bucketName, cidr } from "../../../config/fields";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { prefixOf } from "../frame/facts";
import { bucket, type Outside } from "../frame/flows";
import { googleConfiguration, googleIdentity, googleToken } from "../frame/google-identity";
import type { JsonObject } from "../frame/manifest";
import type { RemoteValue } from "../frame/secrets";
import { azureClient, azureToken } from "../frame/workload-identity";

const cidrs = z.array(cidr).default([]).describe("Where the object store is; empty: the public internet on its port.");

const prefix = z
  .string()
  .regex(/^[0-9A-Za-z-]*$/, "has other characters than letters, digits and dashes; example: example-prod-nl-west")
  .optional()
  .describe(
    'Folder in the bucket; absent: one that names organisation and cluster, so that two tenants never meet. Logs in another are not found: `""` is the bucket itself.',
  );

const s3 = z.strictObject({
  provider: z.literal("s3"),
  url: z.url({ protocol: /^https$/, error: "is not an https URL; example: https://s3.nl-west.example.nl" }),
  region: z.string().min(1),
  chunksBucket: bucketName,
  pathStyle: z.boolean().default(true),
  prefix,
  cidrs,
});

const azure = z.strictObject({
  provider: z.literal("azure"),
  storageAccount: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "is not a storage account (3 to 24 lower-case letters and digits); example: mblogs"),
  chunksBucket: bucketName.describe("Container."),
  clientId: z.uuid().optional().describe("Managed identity of AKS' workload identity, instead of the account's key."),
  prefix,
  cidrs,
});

const gcp = z.strictObject({
  provider: z.literal("gcp"),
  chunksBucket: bucketName,
  workloadIdentity: googleIdentity.optional().describe("Federation of the cluster's tokens, instead of a static key."),
  prefix,
  cidrs,
});

const withProvider = (input: unknown): unknown =>
  typeof input === "object" && input !== null && !("provider" in input) ? { ...input, provider: "s3" } : input;

/** Where the logs lie. Without a provider it is S3's. */
export const storage = z.preprocess(withProvider, z.discriminatedUnion("provider", [s3, azure, gcp]));
export type Storage = z.infer<typeof storage>;

/**
 * A folder's name may hold letters, digits and dashes only (Loki v3.7.6, pkg/storage/bucket/client.go). The end tells apart
 * what is written alike without dots and slashes.
 */
export function folderOf(given: Storage, facts: Parameters<typeof prefixOf>[0]): string {
  const whole = prefixOf(facts);
  const end = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return given.prefix ?? `${whole.replaceAll(/[^0-9A-Za-z]+/g, "-")}-${end}`;
}

const ENTRY = "platform/loki";
const KEY_PATH = "/etc/loki/google";
const IDENTITY = "loki-google-identity";

/** What a kind of store means for the chart, the Secret, the account and the flows. */
export interface Store {
  /** Loki's name of it. */
  readonly type: "s3" | "azure" | "gcs";
  /** Of `loki.storage.object_store`. */
  readonly values: JsonObject;
  /** Keys of the Secret that the pods have as environment, or as a file. */
  readonly secret: Readonly<Record<string, RemoteValue>>;
  readonly asFile: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
  readonly mounts: readonly JsonObject[];
  readonly objects: readonly Manifest[];
  readonly outside: readonly Outside[];
}

const nothing = {
  secret: {},
  asFile: false,
  annotations: {},
  labels: {},
  env: [],
  volumes: [],
  mounts: [],
  objects: [],
};
const remote = (property: string): RemoteValue => ({ key: ENTRY, property });

export function storeOf(
  given: Storage,
  { namespace, secret }: { readonly namespace: string; readonly secret: string },
): Store {
  switch (given.provider) {
    case "s3":
      return {
        ...nothing,
        type: "s3",
        values: {
          s3: {
            endpoint: new URL(given.url).host,
            region: given.region,
            bucket_lookup_type: given.pathStyle ? "path" : "virtual-hosted",
            // A bucket with a lock takes no object without it, and not every store knows the newer checksums.
            send_content_md5: true,
            // Expanded by Loki from its environment.
            access_key_id: "${LOKI_S3_ACCESS_KEY_ID}",
            secret_access_key: "${LOKI_S3_SECRET_ACCESS_KEY}",
          },
        },
        secret: { LOKI_S3_ACCESS_KEY_ID: remote("access_key"), LOKI_S3_SECRET_ACCESS_KEY: remote("secret_key") },
        outside: [bucket("log-store", { ...given, bucket: given.chunksBucket })],
      };
    case "azure": {
      const { clientId, storageAccount } = given;
      return {
        ...nothing,
        type: "azure",
        values: {
          azure: {
            account_name: storageAccount,
            // Without a key the pod's federated token is used (thanos-io/objstore, providers/azure/helpers.go).
            ...(clientId === undefined ? { account_key: "${LOKI_AZURE_ACCOUNT_KEY}" } : {}),
          },
        },
        secret: clientId === undefined ? { LOKI_AZURE_ACCOUNT_KEY: remote("account_key") } : {},
        annotations: clientId === undefined ? {} : azureClient(clientId),
        labels: clientId === undefined ? {} : azureToken,
        outside: [
          { name: "log-store", hosts: [`${storageAccount}.blob.core.windows.net`], cidrs: given.cidrs },
          ...(clientId === undefined ? [] : [{ name: "log-store-login", hosts: ["login.microsoftonline.com"] }]),
        ],
      };
    }
    case "gcp": {
      const { workloadIdentity } = given;
      const file = workloadIdentity === undefined ? "service_account_key" : "configuration.json";
      const login =
        workloadIdentity === undefined
          ? ["oauth2.googleapis.com"]
          : ["sts.googleapis.com", "iamcredentials.googleapis.com"];
      return {
        ...nothing,
        type: "gcs",
        values: {},
        secret: workloadIdentity === undefined ? { service_account_key: remote("service_account_key") } : {},
        asFile: true,
        env: [{ name: "GOOGLE_APPLICATION_CREDENTIALS", value: `${KEY_PATH}/${file}` }],
        mounts: [{ name: "google", mountPath: KEY_PATH, readOnly: true }],
        volumes: [
          workloadIdentity === undefined
            ? { name: "google", secret: { secretName: secret } }
            : {
                name: "google",
                projected: { sources: [googleToken(workloadIdentity), { configMap: { name: IDENTITY } }] },
              },
        ],
        objects:
          workloadIdentity === undefined
            ? []
            : [
                {
                  apiVersion: "v1",
                  kind: "ConfigMap",
                  metadata: { name: IDENTITY, namespace, labels: managedLabels },
                  data: { "configuration.json": googleConfiguration(workloadIdentity, KEY_PATH) },
                },
              ],
        outside: [
          { name: "log-store", hosts: ["storage.googleapis.com"], cidrs: given.cidrs },
          { name: "log-store-login", hosts: login },
        ],
      };
    }
  }
}
