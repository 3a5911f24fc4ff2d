import { z } from "zod";
import { bucketName, cidr, quantity } from "../../../config/fields";
import { googleIdentity } from "../frame/google-identity";
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

const prefix = z
  .string()
  .default("")
  .describe("Folder in the bucket; absent: organisation and cluster, so that tenants of one host never meet.");
const cidrs = z.array(cidr).default([]).describe("Where the object store is; empty: the public internet on its port.");
const region = z.string().min(1).describe("Region of the bucket. A copy is in another one.");

const s3 = z.strictObject({
  provider: z.literal("s3"),
  url: z
    .url({ protocol: /^https$/, error: "is not an https URL; example: https://s3.nl-west.example.nl" })
    .describe("Endpoint of the object store."),
  bucket: bucketName.describe("Has versioning and an object lock: `mijnbureau backup locks` says for how long."),
  prefix,
  region,
  pathStyle: z.boolean().default(true).describe("False on AWS; S3-compatible stores want it."),
  checksumAlgorithm: z
    .enum(["", "CRC32", "CRC32C", "SHA1", "SHA256"])
    .default("CRC32")
    .describe(
      "Sent with each upload: a bucket with a default retention refuses uploads without one (velero#7543). Empty for stores that do not know the header.",
    ),
  caKey: z.string().optional().describe("Key in the Secret with the store's CA certificate, for a private CA."),
  roleArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:iam::\d{12}:role\//,
      "is not the ARN of an IAM role; example: arn:aws:iam::123456789012:role/backups",
    )
    .optional()
    .describe("Role of EKS' workload identity, instead of static keys."),
  encryption,
  cidrs,
});

const azure = z.strictObject({
  provider: z.literal("azure"),
  storageAccount: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "is not a storage account (3 to 24 lower-case letters and digits); example: mbbackups"),
  bucket: bucketName.describe("Container, with versions and an immutability policy."),
  prefix,
  region,
  resourceGroup: z.string().min(1),
  subscriptionId: z.uuid(),
  clientId: z.uuid().optional().describe("Managed identity of AKS' workload identity, instead of static keys."),
  cidrs,
});

const gcp = z.strictObject({
  provider: z.literal("gcp"),
  bucket: bucketName.describe("With versions and a retention policy."),
  prefix,
  region,
  kmsKeyName: z.string().min(1).optional().describe("Key of ours in Cloud KMS; absent: Google's."),
  workloadIdentity: googleIdentity
    .optional()
    .describe("Federation of the cluster's tokens, instead of a static key; asks no metadata server."),
  cidrs,
});

const withProvider = (input: unknown): unknown =>
  typeof input === "object" && input !== null && !("provider" in input) ? { ...input, provider: "s3" } : input;

/** A bucket that Velero writes to, or reads. Without a provider it is S3's. */
export const location = z.preprocess(withProvider, z.discriminatedUnion("provider", [s3, azure, gcp]));

const snapshotClass = z.strictObject({
  name: z.string().min(1).default("platform-velero"),
  driver: z.string().min(1).describe("CSI driver, e.g. cinder.csi.openstack.org."),
  parameters: z.record(z.string(), z.string()).default({}),
});

const drill = z.strictObject({
  apps: z
    .array(z.enum(appKeys))
    .default([])
    .describe("Apps whose restore is tried, into the namespace velero-drill; empty: every app that holds data."),
  hour: z.int().min(0).max(23).default(4).describe("Hour (UTC) of each drill; every app has a day of the month."),
  minute: z.int().min(0).max(59).default(47),
});

export type Drill = z.infer<typeof drill>;

/** Memory follows what is backed up; defaults are for 1 TB and a million files (velero#7510, kopia#2888: 5.5 GB for 1.1 TB). */
const size = z
  .strictObject({
    serverMemory: quantity.default("2Gi").describe("Limit of the server: it holds the list of what it backs up."),
    nodeAgentMemory: quantity.default("1Gi").describe("Limit of the agent on each node."),
    moverMemory: quantity.default("6Gi").describe("Limit of a pod that copies one volume."),
    maintenanceMemory: quantity.default("6Gi").describe("Limit of the repository's maintenance."),
    moversPerNode: z.int().min(1).max(20).default(2).describe("Volumes that a node copies at the same time."),
    prepareQueueLength: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe("Volumes that get a snapshot, a claim and a pod before one is free to copy them; the others wait."),
    claims: z
      .int()
      .min(1)
      .default(200)
      .describe("Most claims in the namespace velero: one for each volume that is copied or prepared."),
  })
  .prefault({});

export type Size = z.infer<typeof size>;

export type Location = z.infer<typeof location>;

/** Settings of the operator, below `operators.velero`. */
export const shape = {
  storage: location.describe(
    "Primary bucket. Outside the cluster, versioned, with object lock; better in another account.",
  ),
  secondary: z
    .strictObject({
      location,
      mode: z
        .enum(["schedule", "replica"])
        .default("schedule")
        .describe(
          "`schedule`: a second set of backups; `replica`: the provider copies the bucket, Velero only reads it.",
        ),
      hoursLater: z
        .int()
        .min(1)
        .max(5)
        .default(3)
        .describe("With `mode: schedule`: hours between the first set of backups and the second (velero#8344)."),
    })
    .optional()
    .describe("The copy in another region."),
  received: location
    .optional()
    .describe(
      "Bucket in this region with the copies of the regions whose `backupRegion` this one is (config/region-facts.json); read only, for `mijnbureau failover`.",
    ),
  repositoryPassword: z
    .enum(["drawn", "store"])
    .default("drawn")
    .describe(
      "`drawn`: once, by Pulumi; `store`: property `repository_password` of `platform/velero` in the secret store, the same in all regions that take over from each other.",
    ),
  snapshotClass: snapshotClass
    .optional()
    .describe("VolumeSnapshotClass of the CSI driver; absent: the cluster has one with Velero's label."),
  fileSystemBackup: z
    .boolean()
    .default(false)
    .describe(
      "Reads volumes without snapshots (local, NFS, iSCSI, Fibre Channel) as files, from the directory of the kubelet. Makes the namespace privileged.",
    ),
  size: size.describe("What a large installation outgrows."),
  drill: drill.optional().describe("Restores an app on a schedule, to know that backups can be restored."),
};

const settings = z.object({ enabled: z.boolean().default(true), ...shape });

export type VeleroSettings = z.infer<typeof settings>;

/** Of a stack's configuration; undefined where Velero is off. */
export function veleroSettings(operators: Readonly<Record<string, unknown>>): VeleroSettings | undefined {
  const found = settings.safeParse(operators["velero"]);
  return found.success && found.data.enabled ? found.data : undefined;
}
