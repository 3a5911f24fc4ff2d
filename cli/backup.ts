import { readFileSync } from "node:fs";
import { bucketPolicy, type BucketFindings } from "../components/recovery/bucket";
import type { Copy } from "../components/recovery/coverage";
import {
  databaseDrillProblems,
  drillProblems,
  type DatabaseDrill,
  type DrillEvidence,
} from "../components/recovery/evidence";
import { defaultKeeping } from "../components/recovery/locks";
import { lockAnnotation } from "../components/monitoring/lock-metrics";
import { storesOf } from "../components/recovery/places";
import { stackConfig } from "../components/stack-file";
import type { LoadedConfig } from "../config/load";
import { choice, main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import {
  bringBack,
  bucketsOf,
  allBuckets,
  findingsOf,
  DATABASES_LOCATION,
  keepLocks,
  readKeys,
  trial,
  type Keys,
  type LockReport,
  type StackBucket,
} from "./recovery/buckets";
import { clientOf, sleep } from "./recovery/cluster";
import { databaseDrillsOf, drillsOf, keepLine, recordDrill, signedLine } from "./recovery/evidence";
import { ageText, copiesOn, coveredPlaces, type CoveredPlace } from "./recovery/coverage";
import { fromBucket, throughVelero } from "./recovery/stored";
import { appKeys } from "../suite/apps";
import { label } from "../lib/labels";
import { refOf, type KubeClient, type ObjectRef } from "../lib/kube/client";
import { list, objectStores, veleroRef } from "./recovery/velero";

const USAGE = `Usage: mijnbureau backup <what> --stack <stack>

  coverage   where each app's data lies, what saves it, how old the last copy is, and what is nobody's
  bucket     whether the buckets keep what is written to them: versions, lock, encryption, no public access
  locks      how many blocks of kept backups are under a lock; with --renew, lengthens those that end too soon.
             Daily, from outside the cluster, with the keeper's key: who takes the cluster over cannot stop it
  drills     what each drill showed: every object that the backup recorded, every byte, how old it was, how long it took;
             with --sign, a signed line of it in the bucket. Daily, from outside the cluster, with the keeper's key
  recover    makes the versions of a moment the newest again, after somebody hid or overwrote backups

  --stack, -s <stack>     the stack
  --keys <file>           keys of the buckets as AWS' tools write them: profiles storage, secondary and databases, or default
  --ca <file>             certificate of the store's private authority
  --offline               coverage: from the stack's file alone
  --trial                 bucket: tries with the writer's key what an eraser would; leaves one small locked object
  --policy <writer>,<keeper>  bucket: prints a bucket policy for these two principals, and asks nothing
  --renew                 locks: lengthen them
  --days <n>              locks: how long from now (${defaultKeeping.days})
  --grace-days <n>        locks: for how long what was hidden is kept (${defaultKeeping.graceDays})
  --record                locks, drills: write the figures on the cluster's objects, for the alerts
  --sign <file>           drills: private key (Ed25519, PEM) that signs each line
  --at <time>             recover: the moment, e.g. 2026-11-29T14:00:00Z
  --json                  as one object, for programs

Exit status: 0 nothing is wrong, 1 something is, 2 wrong use.
`;

const options = {
  stack: { type: "string", short: "s" },
  keys: { type: "string" },
  ca: { type: "string" },
  offline: { type: "boolean", default: false },
  trial: { type: "boolean", default: false },
  policy: { type: "string" },
  renew: { type: "boolean", default: false },
  days: { type: "string", default: String(defaultKeeping.days) },
  "grace-days": { type: "string", default: String(defaultKeeping.graceDays) },
  record: { type: "boolean", default: false },
  sign: { type: "string" },
  at: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, options);
  const [first, ...rest] = positionals;
  if (first === undefined) throw new UsageError("say what: coverage, bucket, locks, drills or recover");
  const what = choice(first, ["coverage", "bucket", "locks", "drills", "recover"], "part of backup");
  noOperands(rest);
  if (values.stack === undefined) throw new UsageError("name the stack: --stack <stack>");
  const config = stackConfig(".", values.stack);
  switch (what) {
    case "coverage":
      return reportCoverage(config, values);
    case "bucket":
      return reportBuckets(config, values);
    case "locks":
      return reportLocks(config, values);
    case "drills":
      return reportDrills(config, values.stack, values);
    case "recover":
      return recover(config, values);
  }
}

async function reportCoverage(config: LoadedConfig, { offline, json }: Values): Promise<ExitStatus> {
  const copies = offline ? undefined : await copiesOf(config);
  const places = coveredPlaces(config, copies, new Date());
  if (json) console.log(JSON.stringify(places, undefined, 2));
  else printCoverage(places);
  return places.some(({ gap }) => gap !== undefined) ? 1 : 0;
}

async function copiesOf(config: LoadedConfig): Promise<readonly Copy[] | undefined> {
  const client = clientOf(config);
  try {
    const copies = await copiesOn(client);
    if (typeof copies !== "string") return copies;
    console.error(copies);
    return undefined;
  } finally {
    client.close();
  }
}

function printCoverage(rows: readonly CoveredPlace[]): void {
  let app = "";
  for (const row of rows) {
    if (row.app !== app) console.log(`\n${(app = row.app)}`);
    console.log(`  ${row.place}`);
    if (row.savedBy !== undefined) {
      console.log(
        `    saved by ${row.savedBy}${row.every === undefined ? "" : `, every ${row.every}`.replace("every continuously", "continuously")}${row.kept === undefined ? "" : `; kept: ${row.kept}`}`,
      );
    }
    const [age, second] = [ageText(row, "ageHours"), ageText(row, "secondAgeHours")];
    if (age !== undefined) console.log(`    last copy: ${age}`);
    if (row.secondCopy !== undefined)
      console.log(`    second copy: ${row.secondCopy}${second === undefined ? "" : `, ${second}`}`);
    if (row.duty !== undefined) console.log(`    not saved by the platform; whose duty: ${row.duty}`);
    if (row.gap !== undefined) console.log(`    GAP: ${row.gap}`);
  }
  const gaps = rows.filter(({ gap }) => gap !== undefined).length;
  console.log(`\n${rows.length} places, ${gaps === 0 ? "no gap" : `${gaps} with a gap`}`);
}

/** Of those that `choose` finds in the stack; what it cannot look at is said. */
function stackBuckets<B>(
  choose: (config: LoadedConfig, keys: (profile: string) => Keys) => { buckets: B[]; others: string[] },
  config: LoadedConfig,
  { keys, ca }: Values,
): B[] {
  if (keys === undefined) throw new UsageError("name the file with the buckets' keys: --keys <file>");
  const { buckets, others } = choose(config, (profile) => readKeys(keys, profile, ca));
  for (const other of others) console.error(other);
  return buckets;
}

async function reportBuckets(config: LoadedConfig, values: Values): Promise<ExitStatus> {
  if (values.policy !== undefined) return printPolicy(config, values.policy);
  const found: BucketFindings[] = [];
  for (const bucket of stackBuckets(allBuckets, config, values)) {
    found.push(await findingsOf(bucket, values.trial ? { trial: await trial(bucket) } : {}));
  }
  const errors = found.flatMap((each) => each.errors);
  const warnings = found.flatMap((each) => each.warnings);
  if (values.json) console.log(JSON.stringify({ errors, warnings }, undefined, 2));
  else {
    for (const line of warnings) console.log(`warning: ${line}`);
    for (const line of errors) console.log(`error: ${line}`);
    if (errors.length === 0) console.log("The buckets keep what is written to them.");
  }
  return errors.length === 0 ? 0 : 1;
}

function printPolicy(config: LoadedConfig, principals: string): ExitStatus {
  const [writer, keeper, ...rest] = principals.split(",");
  if (writer === undefined || writer === "" || keeper === undefined || keeper === "" || rest.length > 0) {
    throw new UsageError(`--policy ${principals}: is not <writer>,<keeper>`);
  }
  const { buckets } = allBuckets(config, () => ({ accessKey: "", secretKey: "" }));
  const policies = Object.fromEntries(
    buckets.map(({ store }) => [store.bucket, bucketPolicy({ bucket: store.bucket, writer, keeper })]),
  );
  console.log(JSON.stringify(policies, undefined, 2));
  return 0;
}

async function reportLocks(config: LoadedConfig, values: Values): Promise<ExitStatus> {
  const keeping = {
    days: wholeDays("--days", values.days),
    graceDays: wholeDays("--grace-days", values["grace-days"]),
  };
  const reports: LockReport[] = [];
  for (const bucket of stackBuckets(allBuckets, config, values)) {
    reports.push(await keepLocks(bucket, { renew: values.renew, keeping, now: new Date() }));
  }
  if (values.record) await record(config, reports);
  if (values.json) console.log(JSON.stringify(reports, undefined, 2));
  else {
    for (const { location, locked, unlocked, renewed, hidden, soonest, hiddenBackups } of reports) {
      console.log(
        `${location}: ${locked} blocks of kept backups under lock, ${unlocked} not; ${renewed} lengthened, ${hidden} hidden and kept; first end ${soonest?.toISOString() ?? "none"}`,
      );
      for (const backup of hiddenBackups)
        console.log(
          `  backup ${backup} was hidden before its time: mijnbureau backup recover (docs/operations/backup.md)`,
        );
    }
  }
  return reports.every(({ unlocked, hiddenBackups }) => unlocked === 0 && hiddenBackups.length === 0) ? 0 : 1;
}

function wholeDays(option: string, given: string): number {
  const days = Number(given);
  if (!Number.isInteger(days) || days < 1) throw new UsageError(`${option} ${given}: is not a number of days`);
  return days;
}

async function record(config: LoadedConfig, reports: readonly LockReport[]): Promise<void> {
  const client = clientOf(config);
  try {
    for (const report of reports) {
      const { locked, unlocked, hiddenBackups, soonest } = report;
      const annotations = {
        [lockAnnotation.checked]: new Date().toISOString(),
        [lockAnnotation.locked]: String(locked),
        [lockAnnotation.unlocked]: String(unlocked + hiddenBackups.length),
        ...(soonest === undefined ? {} : { [lockAnnotation.soonest]: soonest.toISOString() }),
      };
      for (const ref of await standingFor(client, report)) await client.patch(ref, { metadata: { annotations } });
    }
  } finally {
    client.close();
  }
}

/** What stands for a bucket in the cluster: Velero's location, or the archive of each database. */
async function standingFor(client: KubeClient, { location }: LockReport): Promise<ObjectRef[]> {
  const ofVelero = veleroRef("BackupStorageLocation", location);
  if (location !== DATABASES_LOCATION) return (await client.find(ofVelero)) === undefined ? [] : [ofVelero];
  return (await objectStores(client))
    .filter(({ metadata }) => metadata.labels?.[label.managed] === "true")
    .map((store) => refOf(store));
}

async function reportDrills(config: LoadedConfig, stack: string, values: Values): Promise<ExitStatus> {
  const key = values.sign === undefined ? undefined : readFileSync(values.sign, "utf8");
  const buckets = values.keys === undefined ? [] : stackBuckets(bucketsOf, config, values);
  const all: DrillEvidence[] = [];
  const ofDatabases: DatabaseDrill[] = [];
  const client = clientOf(config);
  try {
    for (const { metadata } of await list(client, "BackupStorageLocation")) {
      const location = metadata.name ?? "";
      const bucket = buckets.find((each) => each.location === location);
      const read = bucket === undefined ? throughVelero(client, location, sleep) : fromBucket(bucket);
      const drills = await drillsOf(client, { location, read }, stack);
      all.push(...drills);
      if (values.record) await Promise.all(drills.map((drill) => recordDrill(client, drill, new Date())));
      if (bucket === undefined && drills.length > 0)
        console.error(
          `${location}: read through Velero, so whoever has the cluster has a say in it, and no line is kept there. A bucket that speaks S3 is read itself with --keys`,
        );
      if (key !== undefined && bucket !== undefined)
        await Promise.all(drills.map((drill) => keepLine(bucket, drill, signedLine(drill, key))));
    }
    ofDatabases.push(...(await drillsOfDatabases(client, config, stack)));
    if (key !== undefined) await keepDatabaseLines(buckets, ofDatabases, key);
  } finally {
    client.close();
  }
  const problems = [...all.flatMap(drillProblems), ...ofDatabases.flatMap(databaseDrillProblems)];
  if (values.json) console.log(JSON.stringify([...all, ...ofDatabases], undefined, 2));
  else printDrills(all, ofDatabases, problems);
  return all.length > 0 && problems.length === 0 ? 0 : 1;
}

async function drillsOfDatabases(client: KubeClient, config: LoadedConfig, stack: string): Promise<DatabaseDrill[]> {
  const apps = appKeys.filter((app) => storesOf(config, app).get("postgres") === "cnpg");
  const found = apps.map((app) => databaseDrillsOf(client, { app, namespace: config.apps[app].namespace }, stack));
  return (await Promise.all(found)).flat();
}

/** In the first bucket: the databases' own is written to by their login only. */
async function keepDatabaseLines(
  [bucket]: readonly StackBucket[],
  drills: readonly DatabaseDrill[],
  key: string,
): Promise<void> {
  if (bucket !== undefined) await Promise.all(drills.map((drill) => keepLine(bucket, drill, signedLine(drill, key))));
}

function printDrills(
  drills: readonly DrillEvidence[],
  ofDatabases: readonly DatabaseDrill[],
  problems: readonly string[],
): void {
  for (const { app, restore, objects, missing, recoveryPointSeconds, recoveryTimeSeconds } of drills)
    console.log(
      `${app}, drill ${restore}: ${objects - missing.length} of ${objects} objects; the backup was ${recoveryPointSeconds} s old, and coming back took ${recoveryTimeSeconds} s`,
    );
  for (const { app, restore, says, recoveryTimeSeconds } of ofDatabases)
    console.log(`${app}, drill ${restore} of its database: ${says}; coming back took ${recoveryTimeSeconds} s`);
  for (const problem of problems) console.log(`error: ${problem}`);
  if (drills.length === 0) console.log("The cluster remembers no drill.");
}

async function recover(config: LoadedConfig, values: Values): Promise<ExitStatus> {
  const moment = new Date(values.at ?? "");
  if (Number.isNaN(moment.getTime()))
    throw new UsageError("name the moment before the harm: --at 2026-11-29T14:00:00Z");
  for (const bucket of stackBuckets(allBuckets, config, values)) {
    const changed = await bringBack(bucket, moment);
    console.log(`${bucket.location}: ${changed} objects are again what they were at ${moment.toISOString()}`);
  }
  return 0;
}

export const command: Command = {
  name: "backup",
  summary: "what is saved, whether buckets keep it, and the locks on it",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
