import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bringBack, keepLocks, type StackBucket } from "../../cli/recovery/buckets";
import { interrupted, runRestore } from "../../cli/recovery/run";
import type { Runner } from "../../cli/recovery/runner";
import { Progress } from "../../cli/recovery/progress";
import { knownBackups } from "../../cli/recovery/velero";
import { planned } from "../../cli/restore";
import { close, goOn, takeOver, undo } from "../../cli/recovery/failover";
import { drillSteps } from "../../components/operators/velero/drill";
import { DRILL_NAMESPACE } from "../../components/operators/velero/drill-names";
import { NAMESPACE, STORE_SECRET } from "../../components/operators/velero/locations";
import { RECORD } from "../../components/cluster/installation";
import { bucketPolicy } from "../../components/recovery/bucket";
import { planFailover, type FailoverPlan, type Stack } from "../../components/recovery/failover";
import { planUndo } from "../../components/recovery/undo";
import { stackConfig } from "../../components/stack-file";
import { portIsFree } from "../../embedded/cluster/ports";
import { at, isRecord, type KubeObject, refOf } from "../../lib/kube/client";
import { UserError } from "../../lib/errors";
import { s3Request, versions, type S3Bucket, type S3Version } from "../../lib/s3";
import { facts } from "../components/operators/support";
import { atWork } from "../controllers/rights";
import { eventually, toolsOrSkip } from "../controllers/support";
import { suiteObjects } from "../controllers/velero-objects";
import { skip } from "../support/needs";
import { mijnbureau, stackFolder, type Said } from "./command";
import { Region } from "./region";

const run = promisify(execFile);
const KUBECTL = "/usr/bin/kubectl";
const BUCKET = "backups";
const COPY = "backups-copy";
/** Served by controller-runtime, where no flag of Velero moves it: one Velero at a time on a machine. */
const SECOND_METRICS_PORT = 8080;
const config = stackConfig(".", "prod-nl-west");
/** Apps that the platform's test facts back up; each holds one object of every kind that the suite's charts render. */
const saved = facts.apps.filter(({ backupTier }) => backupTier !== "none");

const objectsOf = (namespace: string): KubeObject[] =>
  suiteObjects.map((object) => {
    const moved = { ...object, metadata: { ...object.metadata, namespace } };
    if (object.kind !== "RoleBinding") return moved;
    return { ...moved, subjects: [{ kind: "ServiceAccount", name: "docs", namespace }] };
  });

/** What a restore may change: identity, bookkeeping, and what the cluster assigns anew. */
function comparable({ metadata, ...rest }: KubeObject): unknown {
  const labels = Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith("velero.io/")),
  );
  const spec: Record<string, unknown> = isRecord(rest["spec"]) ? { ...rest["spec"] } : {};
  for (const assigned of ["clusterIP", "clusterIPs"]) delete spec[assigned];
  return {
    ...rest,
    status: undefined,
    spec,
    name: metadata.name,
    namespace: metadata.namespace,
    labels,
    annotations: { ...metadata.annotations, "deployment.kubernetes.io/revision": "" },
  };
}

describe("data comes back: Velero with the platform's plans, rights and buckets", function () {
  this.timeout(300_000);
  const regions: Region[] = [];
  let west: Region;
  let earlier = new Map<string, unknown>();
  const kept: StackBucket[] = [];

  /** Interrupted as soon as it says `until`; what it says is kept in `lines`. */
  const runner = (region: Region, lines: string[] = [], until?: string): Runner => ({
    client: region.client,
    say: (line) => {
      lines.push(line);
      if (until !== undefined && line.includes(until)) throw new Error("interrupted");
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    minutes: 3,
    records: NAMESPACE,
    writeStack: () => assert.fail("no database of the platform's is restored here"),
  });
  const settings = (region: Region, over: Record<string, unknown> = {}): Record<string, unknown> => ({
    storage: { url: region.store.url, region: region.name, bucket: BUCKET, caKey: "ca.crt" },
    drill: {},
    ...over,
  });
  /** The stack's own files, with a region's cluster and buckets in them. */
  const inStack = (region: Region): string => {
    const cidrs = ["198.51.100.0/24"];
    const { url, ca } = region.store;
    writeFileSync(join(region.sandbox.dir, "ca.crt"), ca);
    const keeper = as(region, BUCKET, "admin");
    const profile = `aws_access_key_id = ${keeper.accessKey}\naws_secret_access_key = ${keeper.secretKey}\n`;
    writeFileSync(join(region.sandbox.dir, "keeper.ini"), `[storage]\n${profile}`);
    return stackFolder(region, `prod-${region.name}`, {
      ...{ storage: { url, region: region.name, bucket: BUCKET, cidrs }, secondary: undefined },
    });
  };
  const credential = ({ store }: Region): string =>
    `[default]\naws_access_key_id=${store.writer.accessKey}\naws_secret_access_key=${store.writer.secretKey}\n`;
  const as = (region: Region, bucket: string, who: "admin" | "writer"): S3Bucket => ({
    ...{ url: region.store.url, region: region.store.region, bucket, pathStyle: true, ca: region.store.ca },
    accessKey: who === "admin" ? region.store.accessKey : region.store.writer.accessKey,
    secretKey: who === "admin" ? region.store.secretKey : region.store.writer.secretKey,
  });
  const snapshot = async (region: Region): Promise<Map<string, unknown>> => {
    const found = new Map<string, unknown>();
    for (const { namespace } of saved) {
      for (const object of objectsOf(namespace)) {
        const live = await region.client.find(refOf(object));
        found.set(
          `${object.kind} ${namespace}/${object.metadata.name ?? ""}`,
          live === undefined ? undefined : comparable(live),
        );
      }
    }
    return found;
  };
  const restoreApp = async (region: Region, app: string): Promise<void> => {
    const wish = { app, from: "first", stop: true };
    const shown = await runRestore(runner(region), await planned(runner(region), config, wish));
    assert.ok(shown !== undefined && shown.objects > 0);
  };
  const removeNamespaces = async (region: Region): Promise<void> => {
    for (const { namespace } of saved)
      await region.client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
    await eventually(
      "the namespaces are gone",
      async () => {
        const left = await Promise.all(
          saved.map(({ namespace }) => region.client.find({ apiVersion: "v1", kind: "Namespace", name: namespace })),
        );
        return left.every((each) => each === undefined) ? true : undefined;
      },
      120,
    );
    // `pulumi up` makes them again, with Velero's rights in them.
    for (const { namespace } of saved) await region.suiteNamespace(namespace);
    assert.ok(region.plan !== undefined);
    await region.sandbox.apply(
      atWork(
        region.plan,
        facts.apps.map(({ namespace }) => namespace),
      ),
    );
  };

  before(async function () {
    this.timeout(600_000);
    const tools = await toolsOrSkip(this, "velero", "velero-plugin-for-aws", "weed", "helm");
    if (!(await portIsFree(SECOND_METRICS_PORT)))
      skip(this, `port ${String(SECOND_METRICS_PORT)} is taken, and Velero listens on no other`);
    west = await Region.up(this, "nl-west", tools);
    regions.push(west);
    const north = await Region.up(this, "nl-north", tools);
    regions.push(north);
    for (const [region, name] of [
      [west, BUCKET],
      [north, BUCKET],
      [north, COPY],
      [west, COPY],
    ] as const) {
      await region.bucket(
        name,
        bucketPolicy({
          bucket: name,
          writer: region.store.writer.name,
          keeper: "arn:aws:iam::000000000000:user/backup",
        }),
      );
    }
    // Each region copies to the other, and reads what the other copied.
    for (const [region, other] of [
      [west, north],
      [north, west],
    ] as const) {
      const there = { url: other.store.url, region: other.name, bucket: COPY, caKey: "ca-copy.crt" };
      await region.install(
        settings(region, {
          secondary: { location: there },
          received: { url: region.store.url, region: region.name, bucket: COPY, caKey: "ca.crt" },
          repositoryPassword: "store",
        }),
        {
          ...{ cloud: credential(region), "ca.crt": region.store.ca, "cloud-received": credential(region) },
          ...{ "cloud-secondary": credential(other), "ca-copy.crt": other.store.ca },
        },
      );
    }
    await west.startVelero();
    for (const { namespace } of saved) await west.sandbox.apply(objectsOf(namespace));
    await eventually("the Deployments run", async () => {
      const ready = await Promise.all(
        saved.map(async ({ namespace }) => {
          const found = await west.client.get({
            apiVersion: "apps/v1",
            kind: "Deployment",
            name: "docs-backend",
            namespace,
          });
          return isRecord(found["status"]) && found["status"]["readyReplicas"] === 2;
        }),
      );
      return ready.every(Boolean) ? true : undefined;
    });
    earlier = await snapshot(west);
    kept.push({
      key: "storage",
      location: "default",
      prefix: "example/prod-nl-west",
      store: as(west, BUCKET, "admin"),
    });
  });

  after(async () => {
    for (const region of regions) await region.sandbox.down();
  });

  it("backs every app up to both locations, with the key that removes no version", async () => {
    await west.backUp("suite-daily", "first");
    await west.backUp("suite-daily-secondary-nl-west", "first-copy");
    const writer = as(west, BUCKET, "writer");
    for await (const version of versions(as(west, BUCKET, "admin"), "example/")) {
      const answer = await s3Request(writer, "DELETE", { key: version.key, query: { versionId: version.id } });
      assert.equal(answer.status, 403, `${version.key}: ${String(answer.status)} ${answer.text}`);
    }
  });

  it("brings each app back after its namespace was deleted, object by object", async () => {
    await removeNamespaces(west);
    for (const { key } of saved) await restoreApp(west, key);
    assert.deepEqual(await snapshot(west), earlier);
  });

  it("drills each app with the drill's own account, and leaves nothing", async function () {
    if (!existsSync(KUBECTL)) skip(this, `${KUBECTL} is not there`);
    const account = await west.sandbox.kubeconfigOf(NAMESPACE, "restore-drill");
    for (const app of saved) {
      const name = `restore-drill-${app.key}-1`;
      for (const { command, args } of drillSteps(facts, { ...app, hasVolumes: false })) {
        const words = args.map((argument) => argument.replaceAll("$(RUN)", name));
        if (command === undefined) await run(KUBECTL, ["--kubeconfig", account, ...words], { timeout: 100_000 });
        else await west.velero(account, [...command.slice(1), ...words]);
      }
      const left = await west.client.list({ apiVersion: "v1", kind: "Secret" }, { namespace: DRILL_NAMESPACE });
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name),
        [],
      );
    }
  });

  it("compares every drill with the lists in the bucket, records it, and signs a line of it", async function () {
    if (!existsSync(KUBECTL)) skip(this, `${KUBECTL} is not there`);
    const folder = inStack(west);
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    writeFileSync(join(folder, "evidence.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    const keeper = ["--stack", "prod-nl-west", "--keys", "../keeper.ini", "--ca", "../ca.crt"];
    const drills = (): Promise<Said> =>
      mijnbureau(folder, "backup", "drills", ...keeper, "--sign", "evidence.pem", "--record");
    const said = await drills();
    assert.equal(said.status, 0, said.text);
    for (const { key } of saved) {
      const [, came, all] =
        new RegExp(`^${key}, drill restore-drill-${key}-1: (\\d+) of (\\d+) objects`, "m").exec(said.text) ?? [];
      assert.ok(Number(all) >= 5 && came === all, said.text);
      const line = await s3Request(as(west, BUCKET, "admin"), "GET", {
        key: `mijnbureau-evidence/prod-nl-west/restore-drill-${key}-1.jsonl`,
      });
      const [evidence = "", signature = ""] = line.text.split("\n");
      assert.ok(verify(null, Buffer.from(evidence), publicKey, Buffer.from(signature, "base64")), line.text);
      assert.equal(at(JSON.parse(evidence), "objects"), Number(all));
    }
  });

  it("says what a restore did not bring and where it differs, and goes back to what was there", async () => {
    const [app] = saved;
    assert.ok(app !== undefined);
    const { key, namespace } = app;
    const settingsNow = { apiVersion: "v1", kind: "ConfigMap", name: "docs", namespace } as const;
    const service = { apiVersion: "v1", kind: "Service", name: "docs", namespace } as const;
    const budget = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", name: "docs-backend", namespace } as const;
    const language = async (): Promise<unknown> => at(await west.client.get(settingsNow), "data", "settings.yaml");
    await west.client.patch(settingsNow, { data: { "settings.yaml": "language: fy\n" } });
    // What the backup has and the namespace had not is gone again afterwards.
    await west.client.delete(budget);
    const plan = await planned(runner(west), config, { app: key, stop: true });
    await assert.rejects(runRestore(runner(west, [], "compare with"), plan), /interrupted/);
    assert.equal(await language(), "language: nl\n");
    assert.ok((await west.client.find(budget)) !== undefined);
    await assert.rejects(planned(runner(west), config, { app: key, stop: true }), /--continue.*--undo/);
    await assert.rejects(runRestore(runner(west), plan), /another restore began a moment ago/);

    await west.client.delete(settingsNow);
    await west.client.patch(service, { spec: { sessionAffinity: "ClientIP" } });
    const found = await interrupted(runner(west), key);
    assert.ok(found !== undefined);
    const lines: string[] = [];
    await assert.rejects(
      runRestore(runner(west, lines), found.plan, found.done),
      /is not whole:\n {2}- v1\/ConfigMap docs is in the backup, and not in [a-z-]+\n.*--continue.*--undo/,
    );
    const differing = lines.filter((line) => line.includes("differs")).map((line) => line.trim());
    assert.ok(differing.includes("differs from the backup: v1/Service docs: spec.sessionAffinity"), lines.join("\n"));
    assert.ok(
      differing.every((line) => line.includes(" v1/Service docs: spec.sessionAffinity")),
      lines.join("\n"),
    );

    const back: string[] = [];
    await runRestore(runner(west, back), planUndo(found.plan, found.done), 0);
    assert.equal(await language(), "language: fy\n");
    assert.deepEqual(
      back.filter((line) => line.includes("not there before:")).map((line) => line.split(": ")[1]),
      ["policy/v1/PodDisruptionBudget docs-backend"],
    );
    assert.equal(await west.client.find(budget), undefined);
    assert.equal(await interrupted(runner(west), key), undefined);
    await west.client.patch(service, { spec: { sessionAffinity: "None" } });
    await west.sandbox.apply(objectsOf(namespace).filter(({ kind }) => kind === budget.kind));
  });

  it("leaves a restore to the run that took it over last", async () => {
    const ref = { apiVersion: "v1", kind: "ConfigMap", name: "taken-over", namespace: NAMESPACE };
    const first = await Progress.begin(west.client, ref, { done: "0" }, "taken");
    await assert.rejects(Progress.begin(west.client, ref, { done: "0" }, "taken"), /taken$/);
    await first.write({ done: "1" });
    const second = await Progress.takeOver(west.client, ref);
    await second.write({ done: "1" });
    await assert.rejects(first.write({ done: "2" }), /another run went on with this in the meantime/);
    assert.equal(at(await west.client.get(ref), "data", "done"), "1");
    await second.end();
    await assert.rejects(first.write({ done: "2" }), /another run went on with this in the meantime/);
    assert.equal(await west.client.find(ref), undefined);
  });

  const available = async (region: Region): Promise<void> => {
    const ref = { apiVersion: "velero.io/v1", kind: "BackupStorageLocation", name: "default", namespace: NAMESPACE };
    await region.client.patch(ref, { spec: { validationFrequency: "1s" } });
    const since = Date.now();
    await eventually("Velero has looked at the location again", async () => {
      const found = await region.client.get(ref);
      const looked = Date.parse(String(at(found, "status", "lastValidationTime")));
      return looked > since && at(found, "status", "phase") === "Available" ? true : undefined;
    });
    await region.client.patch(ref, { spec: { validationFrequency: "5m0s" } });
  };
  const withKey = (text: string): Promise<unknown> =>
    west.client.patch(
      { apiVersion: "v1", kind: "Secret", name: STORE_SECRET, namespace: NAMESPACE },
      { data: { cloud: Buffer.from(text).toString("base64") } },
    );
  for (const [what, harm, mend, said] of [
    ["is away", () => west.store.stop(), () => west.store.start(), /the store cannot be reached/],
    [
      "refuses the key",
      () => withKey(credential(west).replace(/(secret_access_key=).*/, "$1another")),
      () => withKey(credential(west)),
      /the store refuses the key/,
    ],
  ] as const) {
    it(`ends a restore with a sentence, and changes nothing, where the store ${what}`, async () => {
      const [app] = saved;
      assert.ok(app !== undefined);
      const before = await snapshot(west);
      const plan = await planned(runner(west), config, { app: app.key, from: "first", stop: true });
      await harm();
      try {
        await assert.rejects(runRestore(runner(west), plan), (error: Error) => {
          assert.ok(error instanceof UserError, error.stack);
          console.log(`      ${error.message}`);
          assert.match(String(error), said);
          assert.match(error.message, /Nothing was changed.*--continue.*--undo/);
          return true;
        });
      } finally {
        await mend();
        await available(west);
      }
      assert.deepEqual(await snapshot(west), before);
      const found = await interrupted(runner(west), app.key);
      assert.ok(found !== undefined);
      await runRestore(runner(west), planUndo(found.plan, found.done), 0);
      assert.equal(await interrupted(runner(west), app.key), undefined);
    });
  }

  it("removes no volume that was not saved, and says which the backup never had", async () => {
    const [app] = saved;
    assert.ok(app !== undefined);
    const { key, namespace } = app;
    // Without a driver that makes snapshots, and not read as files: Velero's backup completes all the same.
    const volume = {
      ...{ apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "docs-media" } },
      spec: {
        ...{ accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, storageClassName: "by-hand" },
        hostPath: { path: "/nothing-is-there" },
      },
    };
    const claim = {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "docs-media", namespace } },
      spec: {
        ...{ accessModes: ["ReadWriteOnce"], storageClassName: "by-hand", volumeName: "docs-media" },
        resources: { requests: { storage: "1Gi" } },
      },
    };
    await west.sandbox.apply([volume, claim]);
    const uid = await eventually("the claim is bound", async () => {
      const found = await west.client.get(refOf(claim));
      return at(found, "status", "phase") === "Bound" ? found.metadata.uid : undefined;
    });
    await west.backUp("suite-daily", "without-data");
    const lines: string[] = [];
    const wish = { app: key, from: "without-data", stop: true };
    await assert.rejects(
      runRestore(runner(west, lines), await planned(runner(west), config, wish)),
      /Backup \S+-before does not save what is there: claim docs-media: .*\. Nothing was changed/,
    );
    assert.match(lines.join("\n"), /claim docs-media: .*; what is there stays/);
    const found = await interrupted(runner(west), key);
    assert.ok(found !== undefined);
    await runRestore(runner(west), planUndo(found.plan, found.done), 0);
    const shown = await runRestore(
      runner(west, lines),
      await planned(runner(west), config, { ...wish, unsaved: true }),
    );
    assert.deepEqual(
      shown?.volumes.map(({ claim, saved }) => [claim, saved]),
      [["docs-media", false]],
    );
    assert.match(lines.join("\n"), /NOT RESTORED: claim docs-media/);
    assert.equal((await west.client.get(refOf(claim))).metadata.uid, uid);
    await west.client.delete(refOf(claim));
    await west.client.delete(refOf(volume));
  });

  it("refuses with a sentence a time before the oldest copy, and another stack's cluster", async () => {
    const folder = inStack(west);
    const [app] = saved;
    assert.ok(app !== undefined);
    const asked = [app.key, "--stack", "prod-nl-west", "--dry-run", "--stop"];
    const early = await mijnbureau(folder, "restore", ...asked, "--at", "2020-01-01T00:00:00Z");
    assert.equal(early.status, 1);
    const record = { apiVersion: "v1", kind: "ConfigMap", ...RECORD };
    await west.sandbox.apply([
      {
        ...{ apiVersion: "v1", kind: "ConfigMap", metadata: RECORD },
        data: { stack: "mijnbureau-platform/acc-nl-west", organisation: "example.nl", id: "0" },
      },
    ]);
    const wrong = await mijnbureau(folder, "restore", ...asked);
    assert.equal(wrong.status, 1);
    assert.match(wrong.text, /carries the platform of stack mijnbureau-platform\/acc-nl-west .*Nothing was changed/);
    await west.client.delete(record);
    assert.match(early.text, new RegExp(`--at 2020-01-01T00:00:00Z: is before the oldest copy of ${app.key}, first`));
  });

  it("fails a drill of which nothing comes", async function () {
    if (!existsSync(KUBECTL)) skip(this, `${KUBECTL} is not there`);
    const account = await west.sandbox.kubeconfigOf(NAMESPACE, "restore-drill");
    const [app] = saved;
    assert.ok(app !== undefined);
    const steps = drillSteps(facts, { ...app, hasVolumes: false });
    // A Restore that Velero refuses: `--wait` ends well, the next step does not.
    await west.client.create({
      ...{ apiVersion: "velero.io/v1", kind: "Restore", metadata: { name: "refused", namespace: NAMESPACE } },
      spec: { scheduleName: "suite-none", includedNamespaces: [app.namespace] },
    });
    assert.equal(await west.phase("Restore", "refused"), "FailedValidation");
    const check = steps.find(({ name }) => name === "completed");
    assert.ok(check !== undefined);
    const words = check.args.map((argument) => argument.replaceAll("$(RUN)", "refused").replace("30s", "3s"));
    await assert.rejects(run(KUBECTL, ["--kubeconfig", account, ...words]), /timed out|condition/);
    const workloads = steps.find(({ name }) => name === "workloads");
    assert.ok(workloads !== undefined);
    await assert.rejects(
      run(KUBECTL, [
        "--kubeconfig",
        account,
        ...workloads.args.map((argument) => argument.replaceAll("$(RUN)", "refused")),
      ]),
      /no matching resources/,
    );
  });

  it("keeps what an attacker with every key of the cluster hides and overwrites, past the end of each first lock", async () => {
    const [bucket] = kept;
    assert.ok(bucket !== undefined);
    const seconds = (count: number): { days: number; graceDays: number } => ({ days: count / 86_400, graceDays: 1 });
    const first = await keepLocks(bucket, { renew: true, keeping: seconds(8), now: new Date() });
    const firstEnd = Date.now() + 9_000;
    assert.equal(first.unlocked, 0);
    assert.ok(first.locked > 5);
    // SeaweedFS writes whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const moment = new Date();
    await new Promise((resolve) => setTimeout(resolve, 1_100));

    const writer = as(west, BUCKET, "writer");
    const all = await listed(bucket.store);
    const there = (await knownBackups(west.client))
      .filter(({ location }) => location === "default")
      .map(({ name }) => name)
      .sort();
    assert.ok(there.includes("first"));
    await attack(writer, all);
    for (const { name } of await knownBackups(west.client)) {
      await west.client.delete({ apiVersion: "velero.io/v1", kind: "Backup", name, namespace: NAMESPACE });
    }
    const renewed = await keepLocks(bucket, { renew: true, keeping: seconds(600), now: new Date() });
    assert.ok(renewed.hidden > 0 && renewed.renewed > 0);
    assert.deepEqual([...renewed.hiddenBackups].sort(), there);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, firstEnd - Date.now())));

    const tried = { writer: 0, administrator: 0 };
    for (const { key, id } of all) {
      for (const [who, store] of [
        ["writer", writer],
        ["administrator", bucket.store],
      ] as const) {
        const answer = await s3Request(store, "DELETE", { key, query: { versionId: id } });
        assert.ok(answer.status >= 400, `${who} removed ${key}: ${String(answer.status)}`);
        tried[who] += 1;
      }
    }
    const shorter = await s3Request(writer, "PUT", {
      key: all[0]?.key ?? "",
      query: { retention: "", versionId: all[0]?.id ?? "" },
      body: `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${new Date(Date.now() + 1000).toISOString()}</RetainUntilDate></Retention>`,
    });
    assert.ok(shorter.status >= 400, shorter.text);
    for (const query of ["versioning", "policy", "object-lock", "lifecycle"]) {
      const answer = await s3Request(writer, "PUT", {
        query: { [query]: "" },
        body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
      });
      assert.ok(answer.status >= 400, `${query}: ${String(answer.status)}`);
    }
    assert.ok(tried.writer > 5 && tried.administrator > 5);

    assert.ok((await bringBack(bucket, moment)) > 5);
    await eventually(
      "Velero lists the backup again",
      async () => {
        await west.client.patch(
          { apiVersion: "velero.io/v1", kind: "BackupStorageLocation", name: "default", namespace: NAMESPACE },
          { spec: { backupSyncPeriod: "1s" } },
        );
        return (await knownBackups(west.client)).some(({ name }) => name === "first") ? true : undefined;
      },
      150,
    );
    await removeNamespaces(west);
    for (const { key } of saved) await restoreApp(west, key);
    assert.deepEqual(await snapshot(west), earlier);
  });

  /** What the stack files say of one region taking over from the other, for apps of this test. */
  const failover = (
    lost: Region,
    to: Region,
    apps = saved,
  ): readonly [FailoverPlan, { survivor: Stack; stop: boolean }] => {
    const stack = ({ name }: Region): Stack => ({ name: `prod-${name}`, config: stackConfig(".", `prod-${name}`) });
    const result = planFailover(stack(lost), stack(to));
    assert.ok("plan" in result);
    const keys: readonly string[] = apps.map(({ key }) => key);
    const steps = result.plan.steps.filter((step) => step.does !== "restore-app" || keys.includes(step.app));
    return [
      { ...result.plan, steps },
      { survivor: stack(to), stop: true },
    ];
  };
  const stopVelero = async (region: Region): Promise<void> => {
    await region.sandbox.stop("velero");
    await eventually("the port is free", async () => ((await portIsFree(SECOND_METRICS_PORT)) ? true : undefined));
  };

  it("takes a failover that was interrupted back to what the other region had", async () => {
    const [, north] = regions;
    const [app] = saved;
    assert.ok(north !== undefined && app !== undefined);
    await stopVelero(west);
    await west.store.stop();
    await north.startVelero("secondary");
    const [backend] = objectsOf(app.namespace).filter(({ kind }) => kind === "Deployment");
    assert.ok(backend !== undefined);
    const ownSpec = isRecord(backend["spec"]) ? backend["spec"] : {};
    await north.sandbox.apply([{ ...backend, spec: { ...ownSpec, revisionHistoryLimit: 3 } }]);
    const limit = async (): Promise<unknown> =>
      at(await north.client.get(refOf(backend)), "spec", "revisionHistoryLimit");
    const plan = failover(west, north, [app]);
    await assert.rejects(takeOver(runner(north, [], "compare with"), ...plan), /interrupted/);
    assert.equal(await limit(), 10);
    await assert.rejects(
      takeOver(runner(north), ...plan),
      /was interrupted: go on with --continue, or go back with --undo/,
    );
    assert.equal(await undo(runner(north), ...plan), 0);
    assert.equal(await limit(), 3);
    await assert.rejects(undo(runner(north), ...plan), /no failover .* was interrupted/);
  });

  it("lets the other region serve the apps from the copies when one is lost, through an interruption", async () => {
    const [, north] = regions;
    assert.ok(north !== undefined);
    const plan = failover(west, north);
    await assert.rejects(takeOver(runner(north, [], "compare with"), ...plan), /interrupted/);
    const lines: string[] = [];
    assert.equal(await goOn(runner(north, lines), ...plan), 0, lines.join("\n"));
    assert.deepEqual(await snapshot(north), earlier);
    const [{ location }] = plan;
    await close(north.client, location);
    assert.deepEqual(
      (await knownBackups(north.client)).filter((backup) => backup.location === location),
      [],
    );
  });

  it("fails back: the first region serves what the other one had in the meantime", async () => {
    const [, north] = regions;
    const [app] = saved;
    assert.ok(north !== undefined && app !== undefined);
    const ref = { apiVersion: "v1", kind: "ConfigMap", name: "docs", namespace: app.namespace };
    await north.client.patch(ref, { data: { "settings.yaml": "written: in the meantime\n" } });
    await west.store.start();
    await eventually("the location is found again", async () => {
      const ref = {
        apiVersion: "velero.io/v1",
        kind: "BackupStorageLocation",
        name: "secondary",
        namespace: NAMESPACE,
      };
      await north.client.patch(ref, { spec: { validationFrequency: "1s" } });
      return at(await north.client.get(ref), "status", "phase") === "Available" ? true : undefined;
    });
    await north.backUp("suite-daily-secondary-nl-north", "back");
    await stopVelero(north);
    await west.startVelero();
    assert.equal(await takeOver(runner(west), ...failover(north, west, [app])), 0);
    assert.deepEqual(await snapshot(west), await snapshot(north));
    assert.equal(at(await west.client.get(ref), "data", "settings.yaml"), "written: in the meantime\n");
    assert.deepEqual([...west.forbidden(), ...north.forbidden()], []);
    assert.ok(west.requests().length > 100 && north.requests().length > 100, "the audit logs have Velero's requests");
  });
});

async function listed(store: S3Bucket): Promise<S3Version[]> {
  const all: S3Version[] = [];
  for await (const version of versions(store, "example/")) all.push(version);
  return all;
}

/** Overwrites what is worth most, and hides everything. */
async function attack(writer: S3Bucket, all: readonly S3Version[]): Promise<void> {
  for (const { key, latest } of all) {
    if (!latest) continue;
    if (key.endsWith(".tar.gz")) await s3Request(writer, "PUT", { key, body: "encrypted by somebody" });
    const hidden = await s3Request(writer, "DELETE", { key });
    assert.ok(hidden.status < 300, hidden.text);
  }
}
