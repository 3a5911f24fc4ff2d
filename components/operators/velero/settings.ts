import { z } from "zod";
import { bucketName, cidr, cron } from "../../../config/fields";
import { appKeys } from "../../../suite/apps";

const encryption = z
  .discriminatedUnion("mode", [
    z
      .strictObject({ mode: z.literal("sse-s3") })
      .describe("Keys of the object store: whoever runs it can read the Secrets in the tarballs."),
    z
      .strictObject({ mode: z.literal("sse-kms"), keyId: z.string().min(1) })
      .describe("A key of ours in the provider's key service."),
    z
      .strictObject({ mode: z.literal("sse-c") })
      .describe("A key of ours that the store never keeps; key `customer-key` of the Secret."),
  ])
  .default({ mode: "sse-s3" })
  .describe("Encryption at rest of the tarballs; volume data is encrypted before it leaves the cluster in any case.");

/** A bucket that Velero writes to, or reads. */
export const location = z.strictObject({
  url: z
    .url({ protocol: /^https$/, error: "is not an https URL; example: https://s3.nl-west.example.nl" })
    .describe("Endpoint of the object store."),
  bucket: bucketName.describe("Has versioning and an object lock shorter than the shortest retention."),
  prefix: z.string().default("").describe("Folder in the bucket; absent: the name of the cluster."),
  region: z.string().min(1),
  pathStyle: z.boolean().default(true).describe("False on AWS; S3-compatible stores want it."),
  checksumAlgorithm: z
    .enum(["", "CRC32", "CRC32C", "SHA1", "SHA256"])
    .default("")
    .describe("Empty for S3-compatible stores that do not know the header (velero-plugin-for-aws, README)."),
  caKey: z.string().optional().describe("Key in the Secret with the store's CA certificate, for a private CA."),
  encryption,
  cidrs: z.array(cidr).default([]).describe("Where the object store is; empty: the public internet on its port."),
});

export const snapshotClass = z.strictObject({
  name: z.string().min(1).default("platform-velero"),
  driver: z.string().min(1).describe("CSI driver, e.g. cinder.csi.openstack.org."),
  parameters: z.record(z.string(), z.string()).default({}),
});

export const drill = z.strictObject({
  app: z.enum(appKeys).describe("App that is restored, into the namespace velero-drill; one with a backup tier."),
  schedule: cron.default("47 4 3 * *").describe("Monthly, as MinBZK/mijn-bureau-infra docs/docs/backups.md asks."),
});

export type Location = z.infer<typeof location>;
