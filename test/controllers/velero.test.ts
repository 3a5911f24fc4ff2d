import assert from "node:assert/strict";
import type { NamespaceRole } from "../../lib/labels";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadDocuments, parseManifests } from "../../cli/verify/documents";
import { crdsOf } from "../../components/crds/crds";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { NAMESPACE, STORE_SECRET } from "../../components/operators/velero/objects";
import { ApiError, at, isRecord, type KubeClient, type KubeObject, refOf } from "../../lib/kube/client";
import { freePort, portIsFree } from "../../embedded/cluster/ports";
import { standInFor } from "../../embedded/crds/stand-ins";
import { logTail } from "../../embedded/cluster/processes";
import { projectRoot } from "../../embedded/toolchain";
import { everything, facts } from "../components/operators/support";
import { planWith } from "../components/operators/support-upstream";
import { lockedBucket, objectStore, s3, type ObjectStore } from "./s3";
import { argumentsOf, chart, eventually, HOST, namespaceOf, render, replaced, Sandbox, toolsOrSkip } from "./support";
import { atWork } from "./rights";
import { platformRole, powerfulRole, SUITE, suiteObjects } from "./velero-objects";
import { needFile, skip } from "../support/needs";

const run = promisify(execFile);

const MANIFESTS = join(projectRoot(), "..", "shared", "corpus", "mijnbureau", "production");
const BUCKET = "backups";
const VELERO = "velero.io/v1";
/** Also served by controller-runtime, where no flag of Velero moves it (velero pkg/cmd/server/server.go, newServer). */
const SECOND_METRICS_PORT = 8080;
/** What the server needs of the chart; its monitors and workloads concern others. */
const CHART_KINDS = ["ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const DAILY = "suite-daily";

describe("Velero's own server with the platform's rights, schedules and bucket", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let store: ObjectStore;
  let plan: OperatorPlan;
  let velero = "";

  const settingsFor = (url: string): OperatorPlan =>
    planWith("velero", {
      ...everything,
      velero: {
        storage: { url, region: store.region, bucket: BUCKET, caKey: "ca.crt" },
        drill: { apps: ["docs"] },
      },
    });

  const namespace = (name: string, role: NamespaceRole, level: "restricted" | "baseline"): KubeObject =>
    namespaceOf(name, role, { level, backupTier: "critical", holdsData: true });

  /** Velero's command line, as a person or a Job with this kubeconfig would use it. */
  const cli = async (kubeconfig: string, args: readonly string[]): Promise<string> => {
    const env = { HOME: sandbox.dir, PATH: "/usr/bin:/bin", KUBECONFIG: kubeconfig };
    return (await run(velero, [...args], { env, timeout: 100_000 })).stdout;
  };

  const get = (kind: string, name: string): Promise<KubeObject> =>
    client.get({ apiVersion: VELERO, kind, name, namespace: NAMESPACE });

  const inPhase = (kind: string, name: string, phases: readonly string[], seconds = 60): Promise<KubeObject> =>
    eventually(
      `${kind} ${name} is ${phases.join(" or ")}`,
      async () => {
        const found = await get(kind, name);
        return phases.includes(String(at(found, "status", "phase"))) ? found : undefined;
      },
      seconds,
    );

  /** Completed, and not merely at its end: why not is in the log that Velero keeps beside the backup. */
  const completed = async (kind: "Backup" | "Restore", name: string): Promise<KubeObject> => {
    const over = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];
    const found = await inPhase(kind, name, over);
    const { phase, errors, validationErrors, failureReason } = Object(at(found, "status")) as Record<string, unknown>;
    const told = JSON.stringify({ errors, validationErrors, failureReason });
    const log = await logOf(kind, name);
    assert.equal(phase, "Completed", `${told}\n${log}`);
    assert.doesNotMatch(log, /forbidden: User/);
    return found;
  };

  const logOf = async (kind: "Backup" | "Restore", name: string): Promise<string> => {
    try {
      const args = [kind.toLowerCase(), "logs", name, "--cacert", join(sandbox.dir, "ca.crt")];
      const lines = (await cli(sandbox.kubeconfig, args)).split("\n");
      return lines.filter((line) => /level"?[=:]"?(error|warning)/.test(line)).join("\n");
    } catch (error) {
      return `${String(error)}\n${logTail(sandbox.log("velero"), 30)}`;
    }
  };

  const backUp = async (name: string): Promise<void> => {
    await cli(sandbox.kubeconfig, ["backup", "create", name, "--from-schedule", DAILY]);
    await completed("Backup", name);
  };

  const restore = (name: string, spec: Record<string, unknown>): Promise<KubeObject> =>
    client.create({
      apiVersion: VELERO,
      kind: "Restore",
      metadata: { name, namespace: NAMESPACE },
      spec: { includedNamespaces: [SUITE], ...spec },
    });

  const removeSuite = async (objects: readonly KubeObject[]): Promise<void> => {
    for (const object of objects) await client.delete(refOf(object), { propagation: "Foreground" });
    await eventually("the objects are gone", async () => {
      const left = await Promise.all(objects.map((object) => client.find(refOf(object))));
      return left.every((object) => object === undefined) ? true : undefined;
    });
  };

  const startServer = async (rendered: readonly KubeObject[]): Promise<void> => {
    const plugins = join(sandbox.dir, "plugins");
    const overrides = {
      kubeconfig: await sandbox.kubeconfigOf(NAMESPACE, "velero-server"),
      namespace: NAMESPACE,
      "plugin-dir": plugins,
      "metrics-address": `${HOST}:${String(await freePort())}`,
    };
    // A stand-in has no arguments; rights, schedules and location are the plan's in any case.
    const isStandIn = chart("velero").origin === "stand-in";
    const args = isStandIn ? replaced(["server"], overrides) : argumentsOf(rendered, "velero", overrides);
    await sandbox.start("velero", velero, args);
  };

  before(async function () {
    this.timeout(240_000);
    const tools = await toolsOrSkip(this, "velero", "velero-plugin-for-aws", "weed", "helm");
    if (!(await portIsFree(SECOND_METRICS_PORT))) {
      skip(this, `port ${String(SECOND_METRICS_PORT)} is taken, and Velero listens on no other`);
    }
    velero = tools.path("velero");
    sandbox = await Sandbox.up(this, "velero");
    ({ client } = sandbox);
    store = await objectStore(sandbox, tools.path("weed"));
    await store.start();
    await lockedBucket(store, BUCKET);
    writeFileSync(join(sandbox.dir, "ca.crt"), store.ca);
    plan = settingsFor(store.url);
    mkdirSync(join(sandbox.dir, "plugins"));
    copyFileSync(tools.path("velero-plugin-for-aws"), join(sandbox.dir, "plugins", "velero-plugin-for-aws"));

    for (const { name, podSecurity } of plan.namespaces) {
      assert.ok(podSecurity.level === "baseline");
      await sandbox.apply([namespace(name, "operator", podSecurity.level)]);
    }
    for (const { namespace: name } of facts.apps) await sandbox.apply([namespace(name, "suite", "restricted")]);
    // The definitions of this very version; with --dry-run it asks no cluster.
    const crds = await cli("/dev/null", ["install", "--crds-only", "--dry-run", "--output", "yaml"]);
    const listed = parseManifests(crds, "velero install").documents.map(({ object }) => object);
    assert.ok(listed.length >= 10);
    await sandbox.apply([...listed, ...crdsOf(chart("snapshot-controller"))]);
    await sandbox.apply([
      // External Secrets and Pulumi make these two on a platform.
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: STORE_SECRET, namespace: NAMESPACE },
        stringData: {
          cloud: `[default]\naws_access_key_id=${store.accessKey}\naws_secret_access_key=${store.secretKey}\n`,
          "ca.crt": store.ca,
        },
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "velero-repo-credentials", namespace: NAMESPACE },
        stringData: { "repository-password": "made-for-this-test" },
      },
    ]);
    assert.ok(plan.chart !== undefined);
    const rendered = render(tools.path("helm"), plan.chart, sandbox.dir);
    await sandbox.apply(rendered.filter(({ kind }) => CHART_KINDS.includes(kind)));
    // A restore of pods reads it to know Velero's image; the process is in its pod's place.
    const deployment = rendered.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "velero");
    assert.ok(isRecord(deployment) && isRecord(deployment["spec"]));
    await sandbox.apply([{ ...deployment, spec: { ...deployment["spec"], replicas: 0 } }]);
    await sandbox.apply(plan.before.filter(({ apiVersion }) => apiVersion.startsWith("rbac.")));
    await sandbox.apply(
      atWork(
        plan,
        facts.apps.map(({ namespace: name }) => name),
      ),
    );
    await startServer(rendered);
  });

  after(async () => {
    await sandbox?.down();
  });

  it("takes the storage location and the schedules of the plan, and reaches the bucket", async () => {
    const objects = plan.after.filter(({ kind }) => kind !== "CronJob");
    assert.ok(objects.some(({ kind }) => kind === "BackupStorageLocation"));
    await sandbox.apply(objects);
    await inPhase("BackupStorageLocation", "default", ["Available"]);
    const schedules = objects.filter(({ kind }) => kind === "Schedule");
    assert.ok(schedules.some(({ metadata }) => metadata.name === DAILY));
    for (const { metadata } of schedules) await inPhase("Schedule", metadata.name, ["Enabled"]);
  });

  it("backs a suite namespace up without an error, into versions that cannot be removed", async () => {
    await sandbox.apply([...suiteObjects, platformRole]);
    await eventually("the Deployment runs", async () => {
      const ref = { apiVersion: "apps/v1", kind: "Deployment", name: "docs-backend", namespace: SUITE };
      return at(await client.get(ref), "status", "readyReplicas") === 2 ? true : undefined;
    });
    await backUp("first");
    const prefix = at(await get("BackupStorageLocation", "default"), "spec", "objectStorage", "prefix");
    const path = `/${BUCKET}/${String(prefix)}/backups/first/first.tar.gz`;
    const { status, headers } = await s3(store, "HEAD", path);
    assert.equal(status, 200, path);
    assert.equal(headers["x-amz-object-lock-mode"], "COMPLIANCE");
    assert.equal(headers["x-amz-server-side-encryption"], "AES256");
    const version = String(headers["x-amz-version-id"]);
    const removal = await s3(store, "DELETE", path, { query: `versionId=${version}` });
    assert.ok(removal.status >= 400, `a locked version was removed: ${String(removal.status)}`);
  });

  it("brings the objects of an app back after they were deleted", async () => {
    await removeSuite(suiteObjects);
    await restore("docs-back", { backupName: "first", existingResourcePolicy: "update" });
    await completed("Restore", "docs-back");
    for (const object of suiteObjects) {
      const { kind, metadata } = await client.get(refOf(object));
      assert.equal(metadata.labels?.["velero.io/restore-name"], "docs-back", `${kind} ${metadata.name ?? ""}`);
    }
    const secret = await client.get({ apiVersion: "v1", kind: "Secret", name: "docs", namespace: SUITE });
    assert.equal(at(secret, "data", "DB_PASSWORD"), Buffer.from("made-for-this-test").toString("base64"));
  });

  it("overwrites what was changed since, where the operator asks for it", async () => {
    const ref = { apiVersion: "v1", kind: "ConfigMap", name: "docs", namespace: SUITE };
    await client.patch(ref, { data: { "settings.yaml": "language: broken\n" } });
    await restore("docs-again", { backupName: "first", existingResourcePolicy: "update" });
    await completed("Restore", "docs-again");
    assert.equal(at(await client.get(ref), "data", "settings.yaml"), "language: nl\n");
  });

  it("does not grant what it may not do itself, and says so", async () => {
    await sandbox.apply([powerfulRole]);
    await backUp("with-powerful-role");
    await removeSuite([powerfulRole]);
    await restore("powerful-back", { backupName: "with-powerful-role", includedResources: ["roles"] });
    const { status } = await inPhase("Restore", "powerful-back", ["PartiallyFailed", "Completed"]);
    assert.equal(at(status, "phase"), "PartiallyFailed");
    assert.equal(await client.find(refOf(powerfulRole)), undefined);
  });

  it("may restore every object of the suite's own manifests", async function () {
    needFile(this, MANIFESTS);
    const given = loadDocuments([MANIFESTS]).documents.map(({ object }) => object);
    const objects = given.filter(({ kind }) => kind !== "Namespace" && kind !== "CustomResourceDefinition");
    assert.ok(objects.length > 100);
    const places = new Set(objects.map(({ metadata }) => metadata.namespace ?? "default"));
    for (const name of places) {
      const ref = { apiVersion: "v1", kind: "Namespace", name };
      if ((await client.find(ref)) === undefined) await sandbox.apply([namespace(name, "suite", "restricted")]);
    }
    await sandbox.apply(atWork(plan, [...places]));
    const definitions = new Map<string, KubeObject>();
    for (const { apiVersion, kind } of objects) {
      const definition = apiVersion.startsWith("velero.io/") ? undefined : standInFor(apiVersion, kind);
      if (definition !== undefined) definitions.set(definition.metadata.name ?? "", definition);
    }
    await sandbox.apply([...definitions.values()]);
    // A binding is only let through where its Role is known.
    await sandbox.apply(objects.filter(({ kind }) => kind === "Role"));
    const asVelero = client.asServiceAccount(NAMESPACE, "velero-server");
    const refused: string[] = [];
    for (const { apiVersion, kind, metadata, ...rest } of objects) {
      const place = metadata.namespace ?? "default";
      const object: KubeObject = {
        apiVersion,
        kind,
        metadata: { generateName: "restored-", namespace: place },
        ...rest,
      };
      try {
        await eventually(`${kind} is served`, async () => {
          try {
            return await asVelero.create(object, { dryRun: true });
          } catch (error) {
            if (error instanceof ApiError && error.code === 404) return undefined;
            throw error;
          }
        });
      } catch (error) {
        refused.push(`${kind} ${place}/${metadata.name ?? ""}: ${String(error)}`);
      }
    }
    assert.deepEqual(refused, []);
  });

  it("fails a restore, and calls the location unavailable, while the object store is gone", async () => {
    await store.stop();
    await restore("without-store", { backupName: "first" });
    const failed = await inPhase("Restore", "without-store", ["Failed", "FailedValidation", "Completed"]);
    assert.notEqual(at(failed, "status", "phase"), "Completed");
    assert.match(JSON.stringify(at(failed, "status")), /connection refused|not available|unavailable/i);
    // Every five minutes in the plan; a test does not wait that long.
    const place = { apiVersion: VELERO, kind: "BackupStorageLocation", name: "default", namespace: NAMESPACE };
    await client.patch(place, { spec: { validationFrequency: "1s" } });
    const gone = await inPhase("BackupStorageLocation", "default", ["Unavailable"]);
    assert.match(String(at(gone, "status", "message")), /connection refused/);
  });
});
