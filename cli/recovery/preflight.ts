import { bucketFindings, type BucketFindings } from "../../components/recovery/bucket";
import { coverage, coverageWarnings } from "../../components/recovery/coverage";
import { ESCROW_RECORD, escrowWarnings } from "../../components/recovery/escrow";
import { veleroSettings } from "../../components/operators/velero/settings";
import type { LoadedConfig } from "../../config/load";
import { UserError } from "../../lib/errors";
import { at } from "../../lib/kube/client";
import { bucketFacts, bucketsOf, readKeys } from "./buckets";
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
  if (veleroSettings(config.operators) === undefined || config.cluster.simulatedNodes) return [];
  if (keys === undefined) {
    return [
      {
        errors: [],
        warnings: ["backup buckets: not looked at; give their keys with --keys, or run mijnbureau backup bucket"],
      },
    ];
  }
  const { buckets, others } = bucketsOf(config, (profile) => readKeys(keys, profile, ca));
  const reports = await Promise.all(
    buckets.map(async ({ key, store }) => {
      try {
        return bucketFindings(key, store.bucket, await bucketFacts(store));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { errors: [`${key}: ${error.message}`], warnings: [] };
      }
    }),
  );
  return [...reports, { errors: [], warnings: others }];
}
