import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { prefixOf } from "../../components/operators/frame/facts";
import { veleroSettings, type Location } from "../../components/operators/velero/settings";
import { folderOf, neededLockDays } from "../../components/operators/databases/archive";
import { bucketOf } from "../../components/operators/databases/endpoint";
import { settingsOf } from "../../components/operators/databases/settings";
import { bucketFindings, type BucketFacts, type BucketFindings } from "../../components/recovery/bucket";
import { backupOf, lockDue, neededVersions, type Keeping } from "../../components/recovery/locks";
import type { LoadedConfig } from "../../config/load";
import { UserError } from "../../lib/errors";
import { element, refused, s3Request, versions, type S3Bucket, type S3Version } from "../../lib/s3";

/** A bucket of the stack that speaks S3, by the key of the settings that names it. */
export interface CheckedBucket {
  readonly key: string;
  readonly store: S3Bucket;
  /** For how long at least it has to lock what is new; absent: until the locks are looked after. */
  readonly lockDays?: number;
}

/** The databases' bucket, which is no location of Velero. */
export const DATABASES_LOCATION = "databases";

/** One whose locks are lengthened. */
export interface StackBucket extends CheckedBucket {
  /** Name of Velero's backup location, or `DATABASES_LOCATION`. */
  readonly location: string;
  readonly prefix: string;
}

export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly ca?: string | undefined;
}

/** Keys from a file as AWS' tools write it, one profile per bucket: `storage`, `secondary`, `databases`; or `default` for all. */
export function readKeys(file: string, profile: string, ca: string | undefined): Keys {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`--keys ${file}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> = new Map<string, string>();
  for (const line of content.split("\n").map((each) => each.trim())) {
    const [, name] = /^\[(?:profile )?([^\]]+)\]$/.exec(line) ?? [];
    if (name !== undefined) {
      section = new Map<string, string>();
      sections.set(name, section);
    }
    const [, key, value] = /^([a-z_]+)\s*=\s*(.+)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section.set(key, value);
  }
  const found = sections.get(profile) ?? sections.get("default");
  const [accessKey, secretKey] = [found?.get("aws_access_key_id"), found?.get("aws_secret_access_key")];
  if (accessKey === undefined || secretKey === undefined) {
    throw new UserError(
      `--keys ${file}: has no profile [${profile}] or [default] with aws_access_key_id and aws_secret_access_key`,
    );
  }
  return { accessKey, secretKey, ca: ca === undefined ? undefined : readFileSync(ca, "utf8") };
}

/** The buckets that a stack's backups are written to; of stores that do not speak S3 only the names. */
export function bucketsOf(
  config: LoadedConfig,
  keys: (profile: string) => Keys,
): { readonly buckets: StackBucket[]; readonly others: string[] } {
  const velero = veleroSettings(config.operators);
  if (velero === undefined) throw new UserError("operators.velero is off in this stack: it has no backups");
  const folder = prefixOf(config);
  const all: readonly (readonly [string, string, Location])[] = [
    ["storage", "default", velero.storage],
    ...(velero.secondary === undefined ? [] : [["secondary", "secondary", velero.secondary.location] as const]),
  ];
  const buckets: StackBucket[] = [];
  const others: string[] = [];
  for (const [profile, location, place] of all) {
    const key = `operators.velero.${profile === "secondary" ? "secondary.location" : profile}`;
    if (place.provider !== "s3") {
      others.push(notS3(key, place.bucket));
      continue;
    }
    const { url, region, bucket, pathStyle } = place;
    buckets.push({
      key,
      location,
      prefix: place.prefix === "" ? folder : place.prefix,
      store: { url, region, bucket, pathStyle, ...keys(profile) },
    });
  }
  return { buckets, others };
}

/** Every bucket that backups are written to, the databases' with them. */
export function allBuckets(
  config: LoadedConfig,
  keys: (profile: string) => Keys,
): { readonly buckets: StackBucket[]; readonly others: string[] } {
  const velero = veleroSettings(config.operators) === undefined ? undefined : bucketsOf(config, keys);
  const key = "operators.databases.store";
  const databases = settingsOf(config.operators);
  const store = databases?.store;
  const [buckets, others] = [velero?.buckets ?? [], velero?.others ?? []];
  if (databases === undefined || store === undefined) return { buckets, others };
  if (store.provider !== "s3") return { buckets, others: [...others, notS3(key, bucketOf(store))] };
  const { url, region, bucket } = store;
  return {
    buckets: [
      ...buckets,
      {
        ...{ key, location: DATABASES_LOCATION, prefix: folderOf(store, config) },
        store: { url, region, bucket, pathStyle: true, ...keys("databases") },
        lockDays: databases.lockDays ?? neededLockDays(databases),
      },
    ],
    others,
  };
}

const notS3 = (key: string, bucket: string): string =>
  `${key}: ${bucket} is not S3's; its owner looks at versions, retention and access with the provider's own tools`;

/** What the bucket says of itself, and what is wrong with that. */
export async function findingsOf(
  { key, store, lockDays }: CheckedBucket,
  more: Partial<BucketFacts> = {},
): Promise<BucketFindings> {
  const facts = { ...(await bucketFacts(store)), ...more };
  return bucketFindings({ key, bucket: store.bucket, ...(lockDays === undefined ? {} : { lockDays }) }, facts);
}

/** What a bucket says of itself. Changes nothing. */
async function bucketFacts(store: S3Bucket): Promise<BucketFacts> {
  const ask = async (query: string): Promise<{ readonly status: number; readonly text: string }> =>
    s3Request(store, "GET", { query: { [query]: "" } });
  const [versioning, lock, encryption, block, policy] = [
    await ask("versioning"),
    await ask("object-lock"),
    await ask("encryption"),
    await ask("publicAccessBlock"),
    await ask("policyStatus"),
  ];
  if (versioning.status === 404) throw refused(store, "a question about its versions", versioning);
  const days = element(lock.text, "Days") ?? yearsAsDays(element(lock.text, "Years"));
  const absent = (answer: { readonly status: number; readonly text: string }, code: string): boolean =>
    answer.status === 404 && (element(answer.text, "Code") ?? "").includes(code);
  return {
    versioning: versioning.status === 200 ? (element(versioning.text, "Status") ?? "") : undefined,
    ...(lock.status === 200
      ? {
          lock: {
            enabled: element(lock.text, "ObjectLockEnabled") === "Enabled",
            mode: element(lock.text, "Mode"),
            days: days === undefined ? undefined : Number(days),
          },
        }
      : absent(lock, "ObjectLockConfigurationNotFound")
        ? { lock: { enabled: false } }
        : {}),
    encryption:
      encryption.status === 200 ? true : absent(encryption, "EncryptionConfigurationNotFound") ? false : undefined,
    publicBlocked:
      block.status === 200
        ? ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"].every(
            (name) => element(block.text, name) === "true",
          )
        : absent(block, "NoSuchPublicAccessBlock")
          ? false
          : undefined,
    isPublic: policy.status === 200 ? element(policy.text, "IsPublic") === "true" : undefined,
  };
}

const yearsAsDays = (years: string | undefined): string | undefined =>
  years === undefined ? undefined : String(Number(years) * 365);

/**
 * What the writer's key can do that it must not: one small object is written, which the bucket locks, and everything is tried
 * on it that an eraser would try. It stays until its lock ends.
 */
export async function trial({ store }: CheckedBucket): Promise<NonNullable<BucketFacts["trial"]>> {
  // Beside the backups' folder, in which Velero allows nothing else.
  const key = `mijnbureau-trial/${randomBytes(6).toString("hex")}`;
  const until = new Date(Date.now() + 2 * 86_400_000).toISOString().replace(/\.\d+/, "");
  const put = await s3Request(store, "PUT", {
    key,
    body: "written by mijnbureau backup bucket --trial\n",
    headers: { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until },
  });
  // A key that may set no lock at all writes under the bucket's default.
  const written = put.status === 200 ? put : await s3Request(store, "PUT", { key, body: "trial\n" });
  if (written.status !== 200) throw refused(store, "a trial upload", written);
  const version = String(written.headers["x-amz-version-id"] ?? "null");
  const soon = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+/, "");
  const shorten = await s3Request(store, "PUT", {
    key,
    query: { retention: "", versionId: version },
    headers: { "x-amz-bypass-governance-retention": "true" },
    body: `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>GOVERNANCE</Mode><RetainUntilDate>${soon}</RetainUntilDate></Retention>`,
  });
  const suspend = await s3Request(store, "PUT", {
    query: { versioning: "" },
    body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Suspended</Status></VersioningConfiguration>',
  });
  if (suspend.status < 300) {
    await s3Request(store, "PUT", {
      query: { versioning: "" },
      body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>',
    });
  }
  // A marker has no lock: whether the key may remove versions at all shows on it.
  await s3Request(store, "DELETE", { key });
  const marker = await firstMarker(store, key);
  const removal =
    marker === undefined ? undefined : await s3Request(store, "DELETE", { key, query: { versionId: marker } });
  return {
    shortensLock: shorten.status < 300,
    suspendsVersions: suspend.status < 300,
    deletesVersion: removal !== undefined && removal.status < 300,
  };
}

async function firstMarker(store: S3Bucket, key: string): Promise<string | undefined> {
  for await (const version of versions(store, key)) if (version.deletion) return version.id;
  return undefined;
}

/** What the locks of a location came to. */
export interface LockReport {
  readonly location: string;
  readonly locked: number;
  readonly unlocked: number;
  readonly renewed: number;
  /** Of those that were hidden not long ago, and are kept. */
  readonly hidden: number;
  readonly soonest?: Date;
  /** Backups that were hidden before their time. */
  readonly hiddenBackups: readonly string[];
}

const PARALLEL = 32;

/** Looks at the lock of each version that a kept backup may need, and lengthens those that end too soon. */
export async function keepLocks(
  bucket: StackBucket,
  { renew, keeping, now }: { readonly renew: boolean; readonly keeping: Keeping; readonly now: Date },
): Promise<LockReport> {
  const { store, prefix, location } = bucket;
  const counts = { locked: 0, unlocked: 0, renewed: 0, hidden: 0 };
  const hiddenBackups: string[] = [];
  let soonest: Date | undefined;
  const one = async (version: {
    readonly key: string;
    readonly id: string;
    readonly hidden: boolean;
  }): Promise<void> => {
    const query = { retention: "", versionId: version.id };
    const found = await s3Request(store, "GET", { key: version.key, query });
    const until = found.status === 200 ? new Date(element(found.text, "RetainUntilDate") ?? 0) : undefined;
    const due = lockDue(until, now, keeping);
    let end = until;
    if (renew && due.renew) {
      const answer = await s3Request(store, "PUT", {
        key: version.key,
        query,
        body:
          '<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>COMPLIANCE</Mode>' +
          `<RetainUntilDate>${due.until.toISOString().replace(/\.\d+/, "")}</RetainUntilDate></Retention>`,
      });
      if (answer.status < 300) {
        counts.renewed += 1;
        end = due.until;
      }
    }
    if (version.hidden) counts.hidden += 1;
    const backup = version.hidden ? backupOf(prefix, version.key) : undefined;
    if (backup !== undefined && (await stillKept(store, version, now))) hiddenBackups.push(backup);
    if (end !== undefined && end > now) {
      counts.locked += 1;
      if (soonest === undefined || end < soonest) soonest = end;
    } else counts.unlocked += 1;
  };
  let batch: Promise<void>[] = [];
  for await (const version of neededVersions(versions(store, `${prefix}/`), now, keeping)) {
    batch.push(one(version));
    if (batch.length < PARALLEL) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
  return {
    location,
    ...counts,
    hiddenBackups: [...new Set(hiddenBackups)],
    ...(soonest === undefined ? {} : { soonest }),
  };
}

/** Velero hides a backup's description when it has expired, or when somebody asked for its deletion. */
async function stillKept(
  store: S3Bucket,
  { key, id }: { readonly key: string; readonly id: string },
  now: Date,
): Promise<boolean> {
  const { status, text } = await s3Request(store, "GET", { key, query: { versionId: id } });
  if (status !== 200) return true;
  const expires = /"expiration"\s*:\s*"([^"]+)"/.exec(text)?.[1];
  return expires === undefined || new Date(expires) > now;
}

/**
 * Puts back what was hidden after a moment: the newest version of each key that was there then becomes the newest again, by
 * removing the marks of deletion, or by copying over what was written since. Needs a key that may do both.
 */
export async function bringBack({ store, prefix }: StackBucket, moment: Date): Promise<number> {
  let changed = 0;
  let newer: S3Version[] = [];
  let settled = "";
  for await (const version of versions(store, `${prefix}/`)) {
    if (newer[0]?.key !== version.key) newer = [];
    if (version.key === settled) continue;
    if (version.modified > moment) {
      newer.push(version);
      continue;
    }
    settled = version.key;
    if (version.deletion || newer.length === 0) continue;
    await uncover(store, version, newer);
    changed += 1;
  }
  return changed;
}

async function uncover(store: S3Bucket, { key, id }: S3Version, newer: readonly S3Version[]): Promise<void> {
  if (newer.every(({ deletion }) => deletion)) {
    for (const mark of newer) {
      const answer = await s3Request(store, "DELETE", { key, query: { versionId: mark.id } });
      if (answer.status >= 300) throw refused(store, `removing the mark of deletion of ${key}`, answer);
    }
    return;
  }
  const source = `/${store.bucket}/${key.split("/").map(encodeURIComponent).join("/")}?versionId=${id}`;
  const answer = await s3Request(store, "PUT", { key, headers: { "x-amz-copy-source": source } });
  if (answer.status >= 300) throw refused(store, `copying the earlier version of ${key}`, answer);
}
