/** What a bucket says of itself; absent where the store does not know the question or the key may not ask. */
export interface BucketFacts {
  readonly versioning?: string | undefined;
  readonly lock?: { readonly enabled: boolean; readonly mode?: string | undefined; readonly days?: number | undefined };
  readonly encryption?: boolean | undefined;
  readonly publicBlocked?: boolean | undefined;
  readonly isPublic?: boolean | undefined;
  /** Of a trial with the writer's key; absent: not tried. */
  readonly trial?: {
    readonly deletesVersion: boolean;
    readonly shortensLock: boolean;
    readonly suspendsVersions: boolean;
  };
}

export interface BucketFindings {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Days of the default retention that a bucket needs at least: until somebody looks after the locks again. */
const LEAST_LOCK_DAYS = 14;

/** Whether a bucket keeps what is written to it, which nobody locks again later than `lockDays` from then. */
export function bucketFindings(
  {
    key,
    bucket,
    lockDays = LEAST_LOCK_DAYS,
  }: { readonly key: string; readonly bucket: string; readonly lockDays?: number },
  facts: BucketFacts,
): BucketFindings {
  const errors: string[] = [];
  const warnings: string[] = [];
  const error = (text: string): number => errors.push(`${key}.bucket: ${bucket} ${text}`);
  const warn = (text: string): number => warnings.push(`${key}.bucket: ${bucket} ${text}`);
  if (facts.versioning === undefined)
    warn("does not say whether it keeps versions; the key needs s3:GetBucketVersioning");
  else if (facts.versioning !== "Enabled")
    error("keeps no versions: what is overwritten or deleted is gone. Switch versioning on");
  lockFindings(facts, lockDays, { error, warn });
  if (facts.encryption === false)
    error("encrypts nothing by default, and Secrets are in every backup. Set a default encryption");
  if (facts.encryption === undefined)
    warn("does not say whether it encrypts; the key needs s3:GetEncryptionConfiguration");
  if (facts.isPublic === true) error("is open to the public. Remove its public policy, and block public access");
  else if (facts.publicBlocked === false) error("does not block public access. Switch the block of public access on");
  else if (facts.publicBlocked === undefined)
    warn("does not say whether public access is blocked; ask the store's owner");
  const { trial } = facts;
  if (trial?.shortensLock === true)
    error("lets the writer's key shorten a lock. Use mode COMPLIANCE, and deny the key s3:BypassGovernanceRetention");
  if (trial?.suspendsVersions === true)
    error("lets the writer's key suspend versioning. Deny it s3:PutBucketVersioning");
  if (trial?.deletesVersion === true) {
    error(
      "lets the writer's key delete versions: once a lock has ended, backups can be erased. `mijnbureau backup bucket --policy` prints a policy that forbids it",
    );
  }
  return { errors, warnings };
}

type Say = (text: string) => number;

function lockFindings(
  { lock }: BucketFacts,
  least: number,
  { error, warn }: { readonly error: Say; readonly warn: Say },
): void {
  if (lock === undefined) {
    warn("does not say whether it has an object lock; the key needs s3:GetBucketObjectLockConfiguration");
    return;
  }
  if (!lock.enabled) {
    error(
      "has no object lock: who has a key can erase every backup. Most stores switch it on only when a bucket is made",
    );
    return;
  }
  if (lock.days === undefined) error(`has no default retention. Set one of at least ${least} days, mode COMPLIANCE`);
  else if (lock.days < least) {
    error(`locks new objects for ${lock.days} days; ${least} at least, or what is kept can be erased before its time`);
  }
  if (lock.mode !== undefined && lock.mode !== "COMPLIANCE") {
    error(`locks in mode ${lock.mode}, which a key with a right of its own can end. Use COMPLIANCE`);
  }
}

/**
 * Policy of a bucket with three keys, as the store's administrator sets it: the writer, which is in the cluster, makes new
 * versions and hides old ones but never removes one; the keeper, which is outside, looks and lengthens locks; nobody else.
 */
export function bucketPolicy({
  bucket,
  writer,
  keeper,
}: {
  readonly bucket: string;
  readonly writer: string;
  readonly keeper: string;
}) {
  const arn = `arn:aws:s3:::${bucket}`;
  const principal = (name: string) => ({ AWS: [name] });
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "WriterWrites",
        Effect: "Allow",
        Principal: principal(writer),
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: [`${arn}/*`],
      },
      {
        Sid: "WriterLists",
        Effect: "Allow",
        Principal: principal(writer),
        Action: ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        Resource: [arn],
      },
      {
        Sid: "WriterErasesNothing",
        Effect: "Deny",
        Principal: principal(writer),
        Action: [
          "s3:DeleteObjectVersion",
          "s3:PutObjectRetention",
          "s3:PutObjectLegalHold",
          "s3:BypassGovernanceRetention",
        ],
        Resource: [`${arn}/*`],
      },
      {
        Sid: "WriterLeavesTheBucketAlone",
        Effect: "Deny",
        Principal: principal(writer),
        Action: [
          "s3:DeleteBucket",
          "s3:DeleteBucketPolicy",
          "s3:PutBucketPolicy",
          "s3:PutBucketVersioning",
          "s3:PutBucketObjectLockConfiguration",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ],
        Resource: [arn],
      },
      {
        Sid: "KeeperLooksAndLengthens",
        Effect: "Allow",
        Principal: principal(keeper),
        Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:PutObjectRetention"],
        Resource: [`${arn}/*`],
      },
      {
        Sid: "KeeperWritesEvidence",
        Effect: "Allow",
        Principal: principal(keeper),
        Action: ["s3:PutObject"],
        Resource: [`${arn}/mijnbureau-evidence/*`],
      },
      {
        Sid: "KeeperLists",
        Effect: "Allow",
        Principal: principal(keeper),
        Action: [
          "s3:ListBucket",
          "s3:ListBucketVersions",
          "s3:GetBucketVersioning",
          "s3:GetBucketObjectLockConfiguration",
          "s3:GetEncryptionConfiguration",
          "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketPolicyStatus",
        ],
        Resource: [arn],
      },
    ],
  };
}
