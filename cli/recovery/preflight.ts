import type { BucketFindings } from "../../components/recovery/bucket";
import { coverage, coverageWarnings } from "../../components/recovery/coverage";
import { ESCROW_RECORD, escrowWarnings } from "../../components/recovery/escrow";
import type { LoadedConfig } from "../../config/load";
import { UserError } from "../../lib/errors";
import { at } from "../../lib/kube/client";
import { allBuckets, findingsOf, readKeys } from "./buckets";
import { clientOf } from "./cluster";

export interface RecoveryOptions {
  readonly keys?: string | undefined;
  readonly ca?: string | undefined;
  readonly now: Date;
}

/** Whether what is lost could come back: coverage, buckets, and what lies outside the cluster. */
export async function recoveryFindings(config: LoadedConfig, options: RecoveryOptions): Promise<BucketFindings> {
  const found = [
    { errors: [], warnings: coverageWarnings(coverage(config)) },
    { errors: [], warnings: escrowWarnings(config, await escrowedAt(config), options.now) },
    ...(await bucketReports(config, options)),
  ];
  return { errors: found.flatMap(({ errors }) => errors), warnings: found.flatMap(({ warnings }) => warnings) };
}

async function escrowedAt(config: LoadedConfig): Promise<string | undefined> {
  const client = clientOf(config);
  try {
    const written = at(await client.find({ apiVersion: "v1", kind: "ConfigMap", ...ESCROW_RECORD }), "data", "at");
    return typeof written === "string" ? written : undefined;
  } finally {
    client.close();
  }
}

async function bucketReports(config: LoadedConfig, { keys, ca }: RecoveryOptions): Promise<BucketFindings[]> {
  const named = allBuckets(config, () => ({ accessKey: "", secretKey: "" }));
  if (named.buckets.length + named.others.length === 0 || config.cluster.simulatedNodes) return [];
  if (keys === undefined) {
    return [
      {
        errors: [],
        warnings: ["backup buckets: not looked at; give their keys with --keys, or run mijnbureau backup bucket"],
      },
    ];
  }
  const { buckets, others } = allBuckets(config, (profile) => readKeys(keys, profile, ca));
  const reports = await Promise.all(
    buckets.map(async (bucket) => {
      try {
        return await findingsOf(bucket);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { errors: [`${bucket.key}: ${error.message}`], warnings: [] };
      }
    }),
  );
  return [...reports, { errors: [], warnings: others }];
}
