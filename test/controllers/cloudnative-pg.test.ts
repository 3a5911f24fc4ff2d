import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { priorityClassManifests } from "../../components/priority-classes";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { databaseState } from "../../cli/recovery/database";
import { interrupted, runRestore } from "../../cli/recovery/run";
import type { Runner } from "../../cli/recovery/runner";
import { planned } from "../../cli/restore";
import { operatorGuards } from "../../components/admission/operator-guards";
import { suiteLimits } from "../../components/namespace/limits";
import { selectorOf } from "../../components/network/rules";
import { appOf } from "../../suite/apps";
import { partLabels } from "../../suite/pods";
import { cnpgInstances } from "../../suite/stores";
import { NAMESPACE } from "../../components/operators/cloudnative-pg/places";
import type { OperatorPlan } from "../../components/operators/frame/define";
import type { Restored } from "../../components/operators/databases/settings";
import { withDatabase } from "../../components/operators/databases/room";
import { settingsOf } from "../../components/operators/databases/settings";
import { DRILL_NAMESPACE } from "../../components/operators/velero/drill-names";
import { userOf } from "../../components/operators/frame/accounts";
import type { RestorePlan, RestoreWish } from "../../components/recovery/restore";
import { planUndo } from "../../components/recovery/undo";
import { stackConfig } from "../../components/stack-file";
import type { LoadedConfig } from "../../config/load";
import { clusterPaths } from "../../embedded/cluster";
import { at, isKubeObject, isRecord, refOf, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { everything, facts } from "../components/operators/support";
import { selects } from "../components/network/oracle";
import { planWith } from "../components/operators/support-upstream";
import { needCharts } from "../support/needs";
import { sidecarImage } from "../../components/operators/cloudnative-pg/plugin";
import { CHARTS, OPERATOR, PLUGIN, startCloudNativePg } from "./cnpg";
import { eventually, namespaceOf, Sandbox, toolsOrSkip } from "./support";

const DOCS = "mijnbureau-docs";
const GROUPS = ["postgresql.cnpg.io", "barmancloud.cnpg.io"];
const AT = "2026-11-29T14:05:07Z";
const CLUSTER = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" } as const;

const groupOf = ({ apiVersion }: KubeObject): string => apiVersion.split("/")[0] ?? "";

describe("CloudNativePG's own operator and the Barman Cloud plugin, with the platform's rights and databases", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let plan: OperatorPlan;
  let databases: KubeObject[];
  let config: LoadedConfig;

  const of = (kind: string, namespace = DOCS): KubeObject => {
    const found = databases.find((object) => object.kind === kind && object.metadata.namespace === namespace);
    assert.ok(found !== undefined, kind);
    return found;
  };

  const standIn = (): void =>
    console.log(
      "      STAND-IN: no PostgreSQL runs in the pods, and nobody waits for it; the test reports the base backup",
    );

  /** What the plugin writes down once an instance has made a base backup. */
  const sawBackup = async (archive: string): Promise<void> => {
    const serverRecoveryWindow = { [archive]: { firstRecoverabilityPoint: "2026-11-01T02:00:00Z" } };
    const ref = { apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore", name: "docs-cluster", namespace: DOCS };
    await client.patch(ref, { status: { serverRecoveryWindow } }, { subresource: "status" });
  };

  /** What it wrote into the stack's file. */
  let written: Restored | undefined;
  /** Interrupted as soon as it says this. */
  const runner = (until?: string): Runner => ({
    client,
    ...{ minutes: 2, records: NAMESPACE },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1000))),
    say: (line) => {
      if (until !== undefined && line.includes(until)) throw new Error("interrupted");
    },
    writeStack: (_, restored) => (written = restored),
  });
  /** Nobody waits for a PostgreSQL that does not run. */
  const unwaited = (plan: RestorePlan): RestorePlan => ({
    ...plan,
    steps: plan.steps.filter((step) => !(step.does === "database" && step.step.do === "await")),
  });
  const wished = async (wish: Partial<RestoreWish>, restored?: Restored): Promise<RestorePlan> => {
    const own = { ...settingsOf(everything), restored: restored === undefined ? {} : { docs: restored } };
    const changed = { ...config, operators: { ...config.operators, databases: own } };
    return unwaited(await planned(runner(), changed, { app: "docs", only: "database", at: AT, stop: true, ...wish }));
  };
  const begun = async (): Promise<NonNullable<Awaited<ReturnType<typeof interrupted>>>> => {
    const found = await interrupted(runner(), "docs");
    assert.ok(found !== undefined);
    return found;
  };
  const clusters = async (): Promise<readonly string[]> => (await databaseState(client, "docs", DOCS)).clusters;
  /** Which archive the database reads from as it begins, and which it writes to. */
  const archives = async (): Promise<unknown[]> => {
    const made = await client.get({ ...CLUSTER, name: "docs-cluster", namespace: DOCS });
    return [
      at(made, "spec", "externalClusters", 0, "plugin", "parameters", "serverName"),
      at(made, "spec", "plugins", 0, "parameters", "serverName"),
    ];
  };

  const recoveryPod = async (cluster: string): Promise<KubeObject | undefined> => {
    const labelSelector = `cnpg.io/cluster=${cluster},cnpg.io/jobRole=full-recovery`;
    return (await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: DOCS, labelSelector }))[0];
  };

  const replicas = async (): Promise<unknown> => {
    const found = await client.get({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "docs-backend",
      namespace: DOCS,
    });
    return at(found, "spec", "replicas");
  };

  before(async function () {
    this.timeout(300_000);
    const tools = await toolsOrSkip(this, "cloudnative-pg", "barman-cloud-plugin", "helm");
    needCharts(this, [...CHARTS]);
    sandbox = await Sandbox.up(this, "cloudnative-pg");
    ({ client } = sandbox);
    plan = planWith("cloudnative-pg");
    databases = planWith("databases").after.filter(isKubeObject);
    const suite = facts.apps.map((app) => app.namespace);
    const level = "restricted" as const;
    const own = settingsOf(everything);
    assert.ok(own !== undefined);
    const plain = stackConfig(".", "prod-nl-west");
    const { datastores } = plain.network;
    const asked = { ...datastores, docs: { ...datastores.docs, postgres: { provider: "cnpg" as const } } };
    // Without Velero, which does not run here.
    config = { ...plain, network: { ...plain.network, datastores: asked }, operators: { databases: own } };
    await sandbox.apply([
      ...[NAMESPACE, DRILL_NAMESPACE].map((name) =>
        namespaceOf(name, "operator", { backupTier: "none", holdsData: false, level }),
      ),
      ...suite.map((name) => namespaceOf(name, "suite", { backupTier: "critical", holdsData: true, level })),
    ]);
    // Pods name a priority, and claims a class; here one that the cluster provides.
    await sandbox.apply(priorityClassManifests());
    const [provided] = await client.list({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" });
    assert.ok(provided !== undefined);
    await sandbox.apply([
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "platform-encrypted" },
        provisioner: provided["provisioner"],
        volumeBindingMode: provided["volumeBindingMode"],
      },
    ]);

    await sandbox.apply(suiteLimits(DOCS, withDatabase(appOf("docs").size, "docs", own)));

    await startCloudNativePg(sandbox, tools, plan);
    await eventually("its webhook answers", async () => {
      try {
        await client.apply(of("Cluster"), { dryRun: true });
        return true;
      } catch {
        return undefined;
      }
    });
  });

  after(async () => {
    await sandbox?.down();
  });

  it("takes every object of the databases as it is, a restored one included", async () => {
    const own = databases.filter((object) => GROUPS.includes(groupOf(object)));
    assert.deepEqual([...new Set(own.map(({ kind }) => kind))].sort(), ["Cluster", "ObjectStore", "ScheduledBackup"]);
    assert.ok(at(of("Cluster", "mijnbureau-meet"), "spec", "bootstrap", "recovery") !== undefined);
    for (const object of own) await client.apply(object, { dryRun: true });
  });

  it("refuses through its webhook what makes no database", async () => {
    const spec = of("Cluster")["spec"];
    assert.ok(isRecord(spec));
    const without = { ...of("Cluster"), spec: { ...spec, storage: { size: "none" } } };
    await assert.rejects(client.apply(without, { dryRun: true }), /size/);
  });

  it("makes the Service that the suite's values lead to, and pods that a restricted namespace admits", async () => {
    await sandbox.apply([
      secret("docs-cluster-app", "kubernetes.io/basic-auth", { username: "docs", password: "not-a-secret" }),
      secret("docs-cluster-backup", "Opaque", { "access-key": "a", "secret-key": "b", region: "r", "ca.crt": "c" }),
      of("ObjectStore"),
      of("Cluster"),
      of("ScheduledBackup"),
      backend,
    ]);
    await eventually("Service docs-cluster-rw", () =>
      client.find({ apiVersion: "v1", kind: "Service", name: "docs-cluster-rw", namespace: DOCS }),
    );
    const pod = await eventually(
      "the first instance",
      () => client.find({ apiVersion: "v1", kind: "Pod", name: "docs-cluster-1", namespace: DOCS }),
      90,
    );
    const initContainers = at(pod, "spec", "initContainers");
    assert.ok(Array.isArray(initContainers));
    const sidecar: unknown = initContainers.find((each: unknown) => at(each, "name") === "plugin-barman-cloud");
    assert.equal(at(sidecar, "image"), sidecarImage(facts));
    assert.equal(at(sidecar, "resources", "limits", "memory"), "512Mi");
    assert.equal(pod.metadata.labels?.["cnpg.io/cluster"], "docs-cluster");
  });

  it("brings a database back beside itself: the operator begins, with room for it; undone, nothing is left", async () => {
    standIn();
    await sawBackup("docs-cluster");
    const plan = await wished({ to: DRILL_NAMESPACE });
    await assert.rejects(runRestore(runner("look at the copy"), plan), /interrupted/);
    const job = await eventually("the copy's Job", () => recoveryPod("docs-copy"), 90);
    assert.ok(
      selects(selectorOf(cnpgInstances("docs").pods), job.metadata.labels ?? {}),
      "a flow of the app's database",
    );
    await assert.rejects(wished({}), /was interrupted.* --continue.* --undo/);
    await assert.rejects(runRestore(runner(), plan), /another restore began a moment ago/);
    const found = await begun();
    assert.deepEqual(found.plan, plan);
    await runRestore(runner(), unwaited(planUndo(found.plan, found.done)), 0);
    assert.deepEqual(await clusters(), ["docs-cluster"]);
    assert.equal(await interrupted(runner(), "docs"), undefined);
  });

  it("brings a database back over itself, also after an interruption: it begins from its archive and writes to the next", async () => {
    standIn();
    const before = await replicas();
    assert.equal(before, 3);
    const plan = await wished({});
    await assert.rejects(runRestore(runner("remove the Cluster docs-cluster"), plan), /interrupted/);
    assert.equal(await replicas(), 0, "the app is at rest when the database is made anew");
    await eventually(
      "the Job of the copy that shows that it can be restored",
      () => recoveryPod("docs-cluster-proof"),
      90,
    );
    assert.equal(written, undefined);
    const found = await begun();
    await runRestore(runner(), found.plan, found.done);
    await eventually("the database's Job", () => recoveryPod("docs-cluster"), 90);
    assert.equal(await replicas(), before);
    assert.deepEqual(await archives(), ["docs-cluster", "docs-cluster-2"]);
    assert.deepEqual(written, { archive: 2, at: AT });
    assert.deepEqual(await clusters(), ["docs-cluster"]);
  });

  it("brings a database that is gone already back to its last second, where the restore over it was interrupted", async () => {
    standIn();
    await sawBackup("docs-cluster-2");
    const plan = await wished({}, { archive: 2, at: AT });
    await assert.rejects(runRestore(runner("write operators.databases.restored.docs"), plan), /interrupted/);
    assert.deepEqual(await archives(), ["docs-cluster-2", "docs-cluster-3"]);
    const found = await begun();
    await runRestore(runner(), unwaited(planUndo(found.plan, found.done)), 0);
    assert.deepEqual(await archives(), ["docs-cluster-2", "docs-cluster-4"]);
    assert.deepEqual(written, { archive: 4, from: 2 });
    assert.equal(await replicas(), 3);
    assert.deepEqual(await clusters(), ["docs-cluster"]);
  });

  it("begins a drill's copy up to the recorded moment, made and removed by the drill's own account, which may no more", async () => {
    standIn();
    await sandbox.apply(
      databases.filter(
        ({ kind, metadata }) =>
          metadata.namespace === DOCS && ["ServiceAccount", "Role", "RoleBinding", "CronJob"].includes(kind),
      ),
    );
    const ofRecord = client.asServiceAccount(DOCS, "docs-cluster-record");
    const named = (name: string): KubeObject => ({
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: DOCS } },
      data: { at: "2026-11-30T01:02:03.456Z", archive: "docs-cluster", tables: "" },
    });
    const record = named("docs-cluster-record");
    await ofRecord.apply(record, { force: true });
    await sandbox.apply([named("docs")]);
    await assert.rejects(ofRecord.apply(named("docs"), { force: true }), /forbidden/);
    await assert.rejects(ofRecord.delete(refOf(record)), /forbidden/);

    const jobs = databases.filter(({ kind, metadata }) => kind === "CronJob" && metadata.namespace === DOCS);
    const drill = jobs.find(({ metadata }) => metadata.name === "docs-cluster-drill");
    const steps = at(drill, "spec", "jobTemplate", "spec", "template", "spec", "initContainers");
    assert.ok(Array.isArray(steps));
    const moment: unknown = steps.find((step: unknown) => at(step, "name") === "moment");
    const [env, command] = [at(moment, "env"), at(moment, "command")];
    assert.ok(Array.isArray(env) && Array.isArray(command));
    const folder = join(sandbox.dir, "drill");
    mkdirSync(folder);
    const filledIn = (data: Record<string, string>): KubeObject => {
      for (const [key, value] of Object.entries(data)) writeFileSync(join(folder, key), value);
      const given = new Map(env.map((each: unknown) => [String(at(each, "name")), String(at(each, "value"))]));
      execFileSync(String(command[0]), command.slice(1).map(String), {
        env: {
          ...Object.fromEntries<string>(given),
          PATH: "/usr/bin:/bin",
          WORK: folder,
          RECORD: folder,
          RUN: "run-1",
        },
        stdio: "pipe",
      });
      const made: unknown = JSON.parse(readFileSync(join(folder, "cluster.json"), "utf8"));
      assert.ok(isKubeObject(made));
      return made;
    };
    const data = { at: "2026-11-30T01:02:03.456Z", archive: "docs-cluster" };
    assert.throws(() => filledIn({ ...data, at: `2026"}},"x":{"y":"Z` }), /no moment/);
    assert.throws(() => filledIn({ ...data, archive: "docs-cluster-2" }), /another archive/);
    const copy = filledIn(data);
    assert.equal(at(copy, "spec", "bootstrap", "recovery", "recoveryTarget", "targetTime"), data.at);
    assert.equal(at(copy, "spec", "plugins", 0, "parameters", "serverName"), "docs-cluster-drilled-run-1");

    const ofDrill = client.asServiceAccount(DOCS, "docs-cluster-drill");
    await ofDrill.create(copy);
    await eventually("the copy's Job", () => recoveryPod("docs-cluster-drilled"), 90);
    await assert.rejects(ofDrill.delete(refOf(of("Cluster"))), /forbidden/);
    await assert.rejects(ofDrill.list({ apiVersion: "v1", kind: "Secret" }, { namespace: DOCS }), /forbidden/);
    await ofDrill.delete(refOf(copy));
    await eventually("the copy is gone", async () =>
      (await client.find(refOf(copy))) === undefined ? true : undefined,
    );
  });

  it("grants the instances the login for their own object store, and no other Secret of the app", async () => {
    const role = await eventually("the plugin's Role", () =>
      client.find({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        name: "docs-cluster-barman-cloud",
        namespace: DOCS,
      }),
    );
    const rules = at(role, "rules");
    assert.ok(Array.isArray(rules));
    const secrets: unknown = rules.find((rule: unknown) => JSON.stringify(at(rule, "resources")) === '["secrets"]');
    assert.deepEqual(at(secrets, "resourceNames"), ["docs-cluster-backup"]);
  });

  it("begins a base backup by its command in the instance, and runs no other in a pod", async () => {
    const guards = operatorGuards({ operators: [plan], exemptions: [] });
    await sandbox.apply(
      guards.filter(({ metadata }) => metadata.name === "mijnbureau-platform-account-cloudnative-pg-pods-exec"),
    );
    const exec = (command: string): Promise<unknown> =>
      client
        .asServiceAccount(OPERATOR.namespace, OPERATOR.name)
        .request("POST", `/api/v1/namespaces/${DOCS}/pods/docs-cluster-1/exec`, {
          query: { container: "postgres", command },
        });
    await eventually("the guard is in force", async () => {
      try {
        await exec("sh");
      } catch (error) {
        return /begins backups in databases/.test(String(error)) ? true : undefined;
      }
      return undefined;
    });
    const asked = await eventually(
      "the operator's own command",
      () => {
        const found = execs(sandbox);
        return Promise.resolve(found.length > 0 ? found : undefined);
      },
      90,
    );
    for (const entry of asked) assert.notEqual(at(entry, "responseStatus", "code"), 403);
    console.log(`      ${String(asked.length)} commands of the operator's in instances: manager backup`);
  });

  it("looks at no namespace without a database", async () => {
    const own = client.asServiceAccount(OPERATOR.namespace, OPERATOR.name);
    await assert.rejects(
      own.list({ apiVersion: "v1", kind: "Secret" }, { namespace: "mijnbureau-nextcloud" }),
      /forbidden/,
    );
    await assert.rejects(own.list({ apiVersion: "v1", kind: "Secret" }), /forbidden/);
    await assert.rejects(own.list(CLUSTER), /forbidden/);
  });

  it("asks for nothing that it may not", () => {
    const users = [userOf(OPERATOR), userOf(PLUGIN)];
    const entries = readFileSync(clusterPaths(sandbox.dir).auditLog, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): unknown => JSON.parse(line))
      // Those above were asked on its behalf.
      .filter(
        (entry) => at(entry, "impersonatedUser") === undefined && users.includes(String(at(entry, "user", "username"))),
      );
    assert.ok(entries.length > 50, `${String(entries.length)} requests`);
    const forbidden = entries.filter((entry) => at(entry, "responseStatus", "code") === 403);
    assert.deepEqual(
      forbidden.map(
        (entry) =>
          `${String(at(entry, "user", "username"))}: ${String(at(entry, "verb"))} ${String(at(entry, "requestURI"))}`,
      ),
      [],
    );
    console.log(`      ${String(entries.length)} requests of operator 1.30.0 and plugin 0.13.0, 0 forbidden`);
  });
});

/** Commands that the operator asked for itself, from the audit log. */
function execs(sandbox: Sandbox): unknown[] {
  return readFileSync(clusterPaths(sandbox.dir).auditLog, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line))
    .filter(
      (entry) =>
        at(entry, "impersonatedUser") === undefined &&
        at(entry, "user", "username") === userOf(OPERATOR) &&
        String(at(entry, "requestURI")).includes("/exec?command=%2Fcontroller%2Fmanager&command=backup"),
    );
}

/** Of the app's parts one that uses the database. */
const backend: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "docs-backend", namespace: DOCS },
  spec: {
    replicas: 3,
    selector: { matchLabels: partLabels("docs", "backend") },
    template: {
      metadata: { labels: partLabels("docs", "backend") },
      spec: { containers: [{ name: "backend", image: "registry.example.nl/docs:1" }] },
    },
  },
};

const secret = (name: string, type: string, stringData: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: DOCS },
  type,
  stringData,
});
