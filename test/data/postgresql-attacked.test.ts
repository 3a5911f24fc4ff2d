import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bringBack, keepLocks } from "../../cli/recovery/buckets";
import { archiveName } from "../../components/operators/databases/archive";
import { faultIn } from "../../components/operators/databases/faults";
import { sleep } from "../../embedded/cluster/files";
import { lockedBucket, objectStore, s3, type ObjectStore } from "../controllers/s3";
import { needFile, needTools } from "../support/needs";
import { BARMAN, barmanOptions, Bench, BIN, planned, Server } from "./support-postgresql";

const run = promisify(execFile);
const BUCKET = "databases";
const RCLONE = "/usr/bin/rclone";
const ARCHIVE = archiveName("docs-cluster", 1);

interface Version {
  readonly key: string;
  readonly id: string;
  readonly marker: boolean;
}

describe("Backups of a database in the hands of whoever has its login", function () {
  this.timeout(600_000);
  let bench: Bench;
  let store: ObjectStore;
  let writer: ObjectStore;
  let server: Server;
  let rows: string;
  /** A moment between two of the app's changes, and the rows then. */
  let second: string;
  let atSecond: string;
  let folder: string;
  let saved: string;
  let restored = 0;

  const rclone = async (...args: readonly string[]): Promise<string> => {
    const env = {
      PATH: "/usr/bin:/bin",
      HOME: bench.dir,
      RCLONE_CONFIG_STORE_TYPE: "s3",
      RCLONE_CONFIG_STORE_PROVIDER: "Other",
      RCLONE_CONFIG_STORE_ENDPOINT: store.url,
      RCLONE_CONFIG_STORE_REGION: store.region,
      RCLONE_CONFIG_STORE_ACCESS_KEY_ID: store.accessKey,
      RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: store.secretKey,
    };
    const ca = join(bench.dir, "ca.crt");
    fs.writeFileSync(ca, store.ca);
    const { stdout } = await run(RCLONE, ["--ca-cert", ca, "--s3-no-check-bucket", ...args], {
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };

  const versions = async (): Promise<Version[]> => {
    const { text } = await s3(store, "GET", `/${BUCKET}`, { query: "versions=" });
    return [...text.matchAll(/<(Version|DeleteMarker)>(.*?)<\/\1>/gs)].map(([, kind = "", content = ""]) => ({
      key: /<Key>(.*?)<\/Key>/.exec(content)?.[1] ?? "",
      id: /<VersionId>(.*?)<\/VersionId>/.exec(content)?.[1] ?? "",
      marker: kind === "DeleteMarker",
    }));
  };

  /** The archive as it was at a time (rclone, "Connection strings", and "Versions" of S3). */
  const asOf = (time: string): string => `store,version_at="${time}":${BUCKET}/${folder}`;

  /** The rows as a restore from `destination` has them. */
  const restoredFrom = async (destination?: string, until?: string): Promise<string> => {
    restored += 1;
    const other = await server.beside(join(bench.dir, `restored-${String(restored)}`), `restored-${String(restored)}`);
    try {
      await other.restore(ARCHIVE, until, destination);
      return await other.checksum();
    } finally {
      await other.destroy();
    }
  };

  before(async function () {
    for (const file of [`${BIN}/postgres`, BARMAN, RCLONE]) needFile(this, file);
    const { weed } = await needTools(this, "weed");
    bench = new Bench("mb-attacked");
    const login = { accessKey: "writer", secretKey: randomBytes(20).toString("hex") };
    const actions = ["Read", "Write", "List", "Tagging"].map((action) => `${action}:${BUCKET}`);
    store = await objectStore(bench, weed, [{ name: "database-writer", credentials: [login], actions }]);
    await store.start();
    await lockedBucket(store, BUCKET);
    writer = { ...store, ...login };
    const plan = planned(store, BUCKET);
    folder = barmanOptions(plan).destination.replace(`s3://${BUCKET}/`, "");
    server = await Server.at(join(bench.dir, "docs"), { store: writer, plan, archive: ARCHIVE });
    await server.create();
    await server.fill(8);
    await server.backup();
    await server.fill(1);
    second = new Date().toISOString();
    atSecond = await server.checksum();
    await sleep(1_500);
    await server.fill(1);
    await server.sql("SELECT pg_switch_wal()");
    rows = await server.checksum();
    await sleep(5_000);
    assert.equal(await restoredFrom(), rows, "it can be restored before anything is done to it");
    await sleep(1_500);
    saved = new Date().toISOString();
    await sleep(1_500);
  });

  after(async () => {
    await server?.destroy();
    await bench?.down();
  });

  it("cannot be erased: what the writer deletes and overwrites, its owner brings back, and it restores", async () => {
    const kept = (await versions()).filter(({ marker }) => !marker);
    assert.ok(kept.length >= 4, `${String(kept.length)} objects`);
    const done = { versions: 0, refused: 0, deleted: 0, overwritten: 0 };
    for (const { key, id } of kept) {
      const path = `/${BUCKET}/${key}`;
      const version = await s3(writer, "DELETE", path, { query: `versionId=${id}` });
      done.versions += 1;
      if (version.status === 403) done.refused += 1;
      const early =
        "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2020-01-01T00:00:00Z</RetainUntilDate></Retention>";
      const shorter = await s3(writer, "PUT", path, { query: `retention=&versionId=${id}`, body: early });
      assert.ok(shorter.status >= 400, `${key}: its lock was made shorter`);
      if ((await s3(writer, "PUT", path, { body: "nothing" })).status === 200) done.overwritten += 1;
      if ((await s3(writer, "DELETE", path)).status === 204) done.deleted += 1;
    }
    const open = await s3(writer, "PUT", `/${BUCKET}`, { query: "object-lock=", body: "<ObjectLockConfiguration/>" });
    assert.ok(open.status >= 400, "the bucket's lock was taken off");
    const bucket = await s3(writer, "DELETE", `/${BUCKET}`);
    assert.ok(bucket.status >= 400, "the bucket was deleted");
    console.log(`      ${JSON.stringify(done)}`);
    assert.equal(done.refused, done.versions, "no version of a kept backup can be erased");
    assert.equal(done.deleted, kept.length, "the attack leaves nothing to see");

    await assert.rejects(restoredFrom(), /no base backup|NoSuchKey|404/);
    const ofDatabases = {
      ...{ key: "operators.databases.store", location: "databases", prefix: folder },
      store: { ...store, bucket: BUCKET, pathStyle: true },
    };
    const locks = await keepLocks(ofDatabases, { renew: true, keeping: { days: 3, graceDays: 1 }, now: new Date() });
    assert.equal(locks.unlocked, 0);
    assert.ok(locks.hidden >= kept.length && locks.renewed >= kept.length, JSON.stringify(locks));
    assert.ok(locks.soonest !== undefined && locks.soonest.getTime() > Date.now() + 2 * 86_400_000);
    await rclone("copy", asOf(saved), `store:${BUCKET}/rescued`);
    assert.ok((await bringBack(ofDatabases, new Date(saved))) >= kept.length);
    assert.equal(await restoredFrom(), rows);
  });

  it("are told apart: damaged, cut short, gone", async () => {
    const local = join(bench.dir, "data.tar.gz");
    const [found = ""] = (await rclone("lsf", "-R", "--files-only", `store:${BUCKET}/rescued`))
      .split("\n")
      .filter((name) => name.endsWith("data.tar.gz"));
    const object = `store:${BUCKET}/rescued/${found}`;
    await rclone("copyto", object, local);
    const whole = fs.readFileSync(local);
    const middle = Math.floor(whole.length / 2);
    const damaged = Buffer.from(whole);
    randomBytes(4096).copy(damaged, middle);
    const cases = { corrupted: damaged, truncated: whole.subarray(0, middle), missing: undefined } as const;
    const told: Record<string, string> = {};
    for (const [fault, content] of Object.entries(cases)) {
      if (content === undefined) await rclone("deletefile", object);
      else {
        fs.writeFileSync(local, content);
        await rclone("copyto", local, object);
      }
      const said = await restoredFrom(`s3://${BUCKET}/rescued`).then(
        () => "it was restored",
        (error: unknown) => String(error),
      );
      told[fault] = faultIn(said)?.fault ?? said.slice(-600);
    }
    assert.deepEqual(told, { corrupted: "corrupted", truncated: "truncated", missing: "missing" });
  });

  it("bring back the rows of a second, and say that they begin too late, or end too early, for another", async () => {
    fs.rmSync(join(bench.dir, "data.tar.gz"), { force: true });
    await rclone("copy", asOf(saved), `store:${BUCKET}/again`);
    const at = (until: string): Promise<string> =>
      restoredFrom(`s3://${BUCKET}/again`, until).catch((error: unknown) => String(error));
    assert.notEqual(atSecond, rows);
    assert.equal(await at(second), atSecond);
    assert.match(await at("2020-01-01T00:00:00Z"), /has no base backup before 2020-01-01T00:00:00Z/);
    const said = await at("2037-01-01T00:00:00Z");
    assert.equal(faultIn(said)?.fault ?? said.slice(-2000), "short");
  });
});
