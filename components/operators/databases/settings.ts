import { z } from "zod";
import { bucketName, cidr, cron, perApp, quantity } from "../../../config/fields";

const encryption = z
  .discriminatedUnion("mode", [
    z
      .strictObject({ mode: z.literal("sse-s3") })
      .describe("Keys of the object store: whoever runs it can read the rows."),
    z
      .strictObject({ mode: z.literal("sse-kms") })
      .describe("The key of the provider's key service that the bucket names."),
  ])
  .default({ mode: "sse-kms" })
  .describe("Encryption at rest of base backups and write-ahead log.");

const prefix = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9]$/, "is not a folder in a bucket; example: example.nl/prod-nl-west")
  .optional()
  .describe(
    "Folder in the bucket; absent: `<domain>/<name of the cluster>/databases`, so that two tenants never meet.",
  );
const cidrs = z.array(cidr).default([]).describe("Where the object store is; empty: the public internet on its port.");
const bucket = bucketName.describe("Versioned, encrypted, with an object lock of `lockDays`.");

/** Where base backups and write-ahead log go. */
const store = z.discriminatedUnion("provider", [
  z.strictObject({
    provider: z.literal("s3"),
    url: z.url({ protocol: /^https$/, error: "is not an https URL; example: https://s3.nl-west.example.nl" }),
    bucket,
    prefix,
    region: z.string().min(1),
    caKey: z
      .string()
      .min(1)
      .optional()
      .describe("Property in the secret store with the CA of the object store, for a private CA."),
    roleArn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:iam::\d{12}:role\//,
        "is not the ARN of an IAM role; example: arn:aws:iam::123456789012:role/databases",
      )
      .optional()
      .describe("On EKS: the instances take this role, and there is no static key."),
    encryption,
    cidrs,
  }),
  z.strictObject({
    provider: z.literal("azure"),
    account: z.string().regex(/^[a-z0-9]{3,24}$/, "is not the name of a storage account; example: mijnbureaubackups"),
    container: bucket,
    prefix,
    clientId: z
      .uuid()
      .optional()
      .describe("Of a managed identity: the instances take it by workload identity, and there is no static key."),
    cidrs,
  }),
  z.strictObject({
    provider: z.literal("gcs"),
    bucket,
    prefix,
    cidrs,
  }),
]);

/** A database that was restored over itself. The command that does so writes it. */
const restored = z
  .strictObject({
    archive: z
      .int()
      .min(2)
      .describe("Number of the archive that the database writes to since; each restore over it begins another."),
    from: z.int().min(1).optional().describe("Number of the archive that was restored; absent: the one before."),
    at: z.iso
      .datetime({ offset: true, error: "is not a time; example: 2026-11-29T14:05:07Z" })
      .optional()
      .describe("The second that was restored; absent: the last one of the archive."),
  })
  .refine(({ archive, from }) => from === undefined || from < archive, {
    path: ["from"],
    error: "is not the number of an archive before `archive`",
  });

const parts = {
  storage: quantity.describe("Volume of the data."),
  walStorage: quantity.describe("Volume of the write-ahead log: room for an object store that is away."),
  cpu: quantity,
  memory: quantity.describe("Requested and at most, so that the database is not the first to go."),
};
const size = z.strictObject({
  storage: parts.storage.default("20Gi"),
  walStorage: parts.walStorage.default("10Gi"),
  cpu: parts.cpu.default("1"),
  memory: parts.memory.default("1Gi"),
});

const MAX_RETENTION = 3650;

export const settings = {
  store: store
    .optional()
    .describe("Object store of the backups; needed as soon as an app's `network.datastores.<app>.postgres` is `cnpg`."),
  retentionDays: z.int().min(7).max(MAX_RETENTION).default(30).describe("Any second of so many days can be restored."),
  lockDays: z
    .int()
    .min(1)
    .max(MAX_RETENTION + 30)
    .optional()
    .describe(
      "Default retention of the bucket's object lock, in days; absent: what is needed, `retentionDays` and 2. What a base backup and its log consist of is written once, so a lock as long as the retention is never renewed.",
    ),
  schedule: cron
    .default("30 1 * * *")
    .describe("Of the base backups; each app's begins some minutes after the one before."),
  instances: z.int().min(3).max(9).default(3).describe("PostgreSQL servers per database, over the zones."),
  image: z
    .string()
    .regex(
      /:\d+\.\d+/,
      "has no tag with major and minor version; example: ghcr.io/cloudnative-pg/postgresql:17.9-standard-bookworm",
    )
    .default("ghcr.io/cloudnative-pg/postgresql:17.9-standard-bookworm")
    .describe("The one that the suite uses itself."),
  size: size.prefault({}).describe("Of each instance."),
  sizes: perApp(z.strictObject(parts).partial()).default({}).describe("What differs per app."),
  restored: perApp(restored).default({}).describe("Databases that were restored over themselves."),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;
export type Restored = z.infer<typeof restored>;
/** Of each instance of an app's database. */
export function sizeOf({ size: usual, sizes }: Settings, app: string): Settings["size"] {
  const own = Object.entries(sizes[app] ?? {}).filter(([, quantity]) => quantity !== undefined);
  return { ...usual, ...Object.fromEntries(own) };
}

/** Of a stack's configuration; undefined where the operator is off, or they are wrong, which its own check says. */
export function settingsOf(operators: Readonly<Record<string, unknown>>): Settings | undefined {
  const found = z.object({ enabled: z.boolean().default(true), ...settings }).safeParse(operators["databases"] ?? {});
  return found.data?.enabled === true ? found.data : undefined;
}

export type Store = z.infer<typeof store>;
export type S3 = Extract<Store, { provider: "s3" }>;
