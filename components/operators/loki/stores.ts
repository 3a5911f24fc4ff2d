import { z } from "zod";
import { bucketName, cidr } from "../../../config/fields";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { bucket, type Outside } from "../frame/flows";
import { googleConfiguration, googleIdentity, googleToken } from "../frame/google-identity";
import type { JsonObject } from "../frame/manifest";
import type { RemoteValue } from "../frame/secrets";
import { azureClient, azureToken } from "../frame/workload-identity";

const cidrs = z.array(cidr).default([]).describe("Where the object store is; empty: the public internet on its port.");

const s3 = z.strictObject({
  provider: z.literal("s3"),
  url: z.url({ protocol: /^https$/, error: "is not an https URL; example: https://s3.nl-west.example.nl" }),
  region: z.string().min(1),
  chunksBucket: bucketName.describe("Of this stack alone: Loki's names in it do not say whose they are."),
  pathStyle: z.boolean().default(true),
  cidrs,
});

const azure = z.strictObject({
  provider: z.literal("azure"),
  storageAccount: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "is not a storage account (3 to 24 lower-case letters and digits); example: mblogs"),
  chunksBucket: bucketName.describe("Container, of this stack alone: Loki's names in it do not say whose they are."),
  clientId: z.uuid().optional().describe("Managed identity of AKS' workload identity, instead of the account's key."),
  cidrs,
});

const gcp = z.strictObject({
  provider: z.literal("gcp"),
  chunksBucket: bucketName.describe("Of this stack alone: Loki's names in it do not say whose they are."),
  workloadIdentity: googleIdentity.optional().describe("Federation of the cluster's tokens, instead of a static key."),
  cidrs,
});

const withProvider = (input: unknown): unknown =>
  typeof input === "object" && input !== null && !("provider" in input) ? { ...input, provider: "s3" } : input;

/** Where the logs lie. Without a provider it is S3's. */
export const storage = z.preprocess(withProvider, z.discriminatedUnion("provider", [s3, azure, gcp]));
export type Storage = z.infer<typeof storage>;

const ENTRY = "platform/loki";
const KEY_PATH = "/etc/loki/google";
const IDENTITY = "loki-google-identity";

/** What a kind of store means for the chart, the Secret, the account and the flows. */
export interface Store {
  /** Loki's name of it. */
  readonly type: "s3" | "azure" | "gcs";
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
            endpoint: given.url,
            region: given.region,
            s3ForcePathStyle: given.pathStyle,
            insecure: false,
            // Expanded by Loki from its environment.
            accessKeyId: "${LOKI_S3_ACCESS_KEY_ID}",
            secretAccessKey: "${LOKI_S3_SECRET_ACCESS_KEY}",
          },
        },
        secret: { LOKI_S3_ACCESS_KEY_ID: remote("access_key"), LOKI_S3_SECRET_ACCESS_KEY: remote("secret_key") },
        outside: [bucket("log-store", { ...given, bucket: given.chunksBucket })],
      };
    case "azure": {
      const { clientId, storageAccount } = given;
      const login = clientId === undefined ? { accountKey: "${LOKI_AZURE_ACCOUNT_KEY}" } : { useFederatedToken: true };
      return {
        ...nothing,
        type: "azure",
        values: { azure: { accountName: storageAccount, ...login } },
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
