import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { allBuckets, findingsOf, readKeys } from "../../cli/recovery/buckets";
import { stackConfig } from "../../components/stack-file";
import { lockedBucket, objectStore, s3, type ObjectStore } from "../controllers/s3";
import { needTools } from "../support/needs";
import { Bench } from "./support-postgresql";

describe("buckets are asked whether they keep what is written to them: a SeaweedFS", function () {
  this.timeout(120_000);
  let bench: Bench;
  let store: ObjectStore;
  let keys: string;

  const stack = (bucket: string) => {
    const config = stackConfig(".", "prod-nl-west");
    const { url, region } = store;
    const databases = { store: { provider: "s3", url, region, bucket }, retentionDays: 7 };
    return { ...config, operators: { databases } };
  };
  const findings = async (bucket: string) => {
    const { buckets, others } = allBuckets(stack(bucket), (profile) => readKeys(keys, profile, join(bench.dir, "ca")));
    assert.deepEqual(others, []);
    const [found, ...rest] = buckets;
    assert.ok(found !== undefined && rest.length === 0 && found.key === "operators.databases.store");
    return findingsOf(found);
  };
  const lock = (bucket: string, days: number) =>
    s3(store, "PUT", `/${bucket}`, {
      query: "object-lock=",
      body: `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>${String(days)}</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
    });

  before(async function () {
    const { weed } = await needTools(this, "weed");
    bench = new Bench("mb-buckets");
    store = await objectStore(bench, weed);
    await store.start();
    keys = join(bench.dir, "keys.ini");
    writeFileSync(join(bench.dir, "ca"), store.ca);
    const profile = `aws_access_key_id = ${store.accessKey}\naws_secret_access_key = ${store.secretKey}\n`;
    writeFileSync(keys, `[databases]\n${profile}`);
  });

  after(async () => {
    await bench?.down();
  });

  it("that of the databases included, whose lock has to last as long as they are kept", async () => {
    await lockedBucket(store, "databases");
    assert.match((await findings("databases")).errors.join("\n"), /databases locks new objects for 1 days; 9 at least/);
    assert.equal((await lock("databases", 9)).status, 200);
    assert.doesNotMatch((await findings("databases")).errors.join("\n"), /locks new|no object lock|keeps no versions/);
  });

  it("and one that keeps no versions, or is not there, is an error", async () => {
    assert.equal((await s3(store, "PUT", "/plain")).status, 200);
    assert.match((await findings("plain")).errors.join("\n"), /plain keeps no versions/);
    await assert.rejects(findings("nowhere"), /nowhere/);
  });
});
