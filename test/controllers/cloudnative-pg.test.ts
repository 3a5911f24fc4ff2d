import assert from "node:assert/strict";
import { priorityClassManifests } from "../../components/priority-classes";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readState, runStep } from "../../cli/restore-database/cluster";
import { suiteLimits } from "../../components/namespace/limits";
import { selectorOf } from "../../components/network/rules";
import { appOf } from "../../suite/apps";
import { partLabels } from "../../suite/pods";
import { cnpgInstances } from "../../suite/stores";
import { crdsOf } from "../../components/crds/crds";
import { NAMESPACE } from "../../components/operators/cloudnative-pg/places";
import { PLUGIN_ACCOUNT, sidecarImage } from "../../components/operators/cloudnative-pg/plugin";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { planRestore, planUndo, type RestorePlan, type Step } from "../../components/operators/databases/restore";
import { withDatabase } from "../../components/operators/databases/room";
import { settingsOf } from "../../components/operators/databases/settings";
import { userOf } from "../../components/operators/frame/accounts";
import { clusterPaths } from "../../embedded/cluster";
import { freePort } from "../../embedded/cluster/ports";
import { certificate, certificateAuthority } from "../../embedded/cluster/x509";
import { at, isKubeObject, isRecord, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { everything, facts } from "../components/operators/support";
import { selects } from "../components/network/oracle";
import { planWith } from "../components/operators/support-upstream";
import { needCharts } from "../support/needs";
import { atWork, cut } from "./rights";
import { chart, eventually, HOST, namespaceOf, render, Sandbox, toolsOrSkip } from "./support";

const CHART_KINDS = ["ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const DOCS = "mijnbureau-docs";
const GROUPS = ["postgresql.cnpg.io", "barmancloud.cnpg.io"];
const OPERATOR = { namespace: NAMESPACE, name: "cloudnative-pg" };
const PLUGIN = { namespace: NAMESPACE, name: PLUGIN_ACCOUNT };
const AT = "2026-11-29T14:05:07Z";
const CLUSTER = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" } as const;

const groupOf = ({ apiVersion }: KubeObject): string => apiVersion.split("/")[0] ?? "";

describe("CloudNativePG's own operator and the Barman Cloud plugin, with the platform's rights and databases", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let plan: OperatorPlan;
  let databases: KubeObject[];
  let stack: Parameters<typeof readState>[2];

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
  const sawBackup = async (name: string): Promise<void> => {
    const serverRecoveryWindow = { [name]: { firstRecoverabilityPoint: "2026-11-01T02:00:00Z" } };
    const ref = { apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore", name, namespace: DOCS };
    await client.patch(ref, { status: { serverRecoveryWindow } }, { subresource: "status" });
  };

  /** The steps of a plan, but for those that wait for PostgreSQL or for the clock; a restore beside is left at the first. */
  const through = async ({ steps, namespace, restored }: RestorePlan, atEach?: (step: Step) => Promise<void>) => {
    for (const step of steps) {
      await atEach?.(step);
      if (step.do === "await" && restored === undefined) return;
      if (step.do !== "await" && step.do !== "pause") await runStep(client, namespace, step);
    }
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
    const charts = [chart("cloudnative-pg"), chart("plugin-barman-cloud")];
    needCharts(
      this,
      charts.map(({ name }) => name),
    );
    sandbox = await Sandbox.up(this, "cloudnative-pg");
    ({ client } = sandbox);
    plan = planWith("cloudnative-pg");
    databases = planWith("databases").after.filter(isKubeObject);
    const suite = facts.apps.map((app) => app.namespace);
    const level = "restricted" as const;
    const own = settingsOf(everything);
    assert.ok(own !== undefined);
    stack = { settings: own, facts: { ...facts, operatorNamespaces: [], capabilities: new Set() } };
    await sandbox.apply([
      namespaceOf(NAMESPACE, "operator", { backupTier: "none", holdsData: false, level }),
      ...suite.map((name) => namespaceOf(name, "suite", { backupTier: "critical", holdsData: true, level })),
    ]);
    for (const each of charts) await sandbox.apply(crdsOf(each));
    assert.ok(plan.chart !== undefined);
    const rendered = render(tools.path("helm"), plan.chart, sandbox.dir);
    await sandbox.apply(cut(rendered, plan).filter(({ kind }) => CHART_KINDS.includes(kind)));
    await sandbox.apply(plan.before.filter(({ kind }) => kind.startsWith("ClusterRole")));
    await sandbox.apply(atWork(plan, suite));
    await sandbox.apply(plan.after.filter(({ kind }) => kind === "ServiceAccount"));

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

    // Between pods the two speak over TLS by a Service's name, which nothing resolves here: a socket instead.
    const sockets = join(sandbox.dir, "plugins");
    mkdirSync(sockets, { mode: 0o700 });
    await sandbox.start(
      "barman-cloud",
      tools.path("barman-cloud-plugin"),
      ["operator", `--plugin-path=${sockets}`, `--health-probe-bind-address=${HOST}:${String(await freePort())}`],
      {
        KUBECONFIG: await sandbox.kubeconfigOf(PLUGIN.namespace, PLUGIN.name),
        SIDECAR_IMAGE: sidecarImage(facts),
      },
    );
    // Instances get the manager of their architecture from the operator's image, which it looks for where it runs.
    mkdirSync(join(sandbox.dir, "operator"));
    symlinkSync(
      tools.path("cloudnative-pg"),
      join(sandbox.dir, "operator", `manager_${process.arch === "x64" ? "amd64" : process.arch}`),
    );
    const ours = rendered.find(({ metadata }) => metadata.name === "cnpg-controller-manager-config");
    const port = await freePort();
    const certificates = join(sandbox.dir, "webhook");
    mkdirSync(certificates, { mode: 0o700 });
    const authority = await certificateAuthority("webhook", 2);
    const leaf = await certificate({ commonName: HOST, names: [HOST], usages: ["server"], validDays: 2 }, authority);
    writeFileSync(join(certificates, "apiserver.crt"), leaf.certificate, { mode: 0o600 });
    writeFileSync(join(certificates, "apiserver.key"), leaf.key, { mode: 0o600 });
    await sandbox.start(
      "operator",
      tools.path("cloudnative-pg"),
      [
        "controller",
        "--config-map-name=cnpg-controller-manager-config",
        `--webhook-port=${String(port)}`,
        `--metrics-bind-address=${HOST}:${String(await freePort())}`,
      ],
      {
        KUBECONFIG: await sandbox.kubeconfigOf(OPERATOR.namespace, OPERATOR.name),
        OPERATOR_NAMESPACE: NAMESPACE,
        OPERATOR_IMAGE_NAME: "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0",
        MONITORING_QUERIES_CONFIGMAP: "cnpg-default-monitoring",
        WATCH_NAMESPACE: String(at(ours, "data", "WATCH_NAMESPACE")),
        WEBHOOK_CERT_DIR: certificates,
        PLUGIN_SOCKET_DIR: sockets,
      },
    );
    await sandbox.apply(
      rendered
        .filter(({ kind }) => kind.endsWith("WebhookConfiguration"))
        .map((object) => local(object, `https://${HOST}:${String(port)}`, authority.certificate)),
    );
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
    const request = { app: "docs", at: AT, to: "docs-copy" };
    const plan = planRestore(request, await readState(client, "docs", stack), stack);
    await through(plan);
    const job = await eventually("the copy's Job", () => recoveryPod("docs-copy"), 90);
    assert.ok(
      selects(selectorOf(cnpgInstances("docs").pods), job.metadata.labels ?? {}),
      "a flow of the app's database",
    );
    const underway = await readState(client, "docs", stack);
    assert.throws(() => planRestore({ app: "docs", to: "other" }, underway, stack), /is under way/);
    assert.deepEqual(planRestore(request, underway, stack).steps, plan.steps);
    await through(planUndo("docs", underway, stack));
    assert.deepEqual((await readState(client, "docs", stack)).clusters, ["docs-cluster"]);
    assert.throws(() => planUndo("docs", { ...underway, underway: undefined }, stack), /nothing to undo/);
  });

  it("brings a database back over itself: the old one goes, the new one begins from its archive and writes to the next", async () => {
    standIn();
    await sawBackup("docs-cluster");
    const before = await replicas();
    assert.equal(before, 3);
    const plan = planRestore({ app: "docs", at: AT }, await readState(client, "docs", stack), stack);
    const seen: unknown[] = [];
    await through(plan, async (step) => {
      if (step.do === "await") await eventually(`the Job of ${step.cluster}`, () => recoveryPod(step.cluster), 90);
      if (step.do === "await" && step.cluster === "docs-cluster") seen.push(await replicas());
    });
    assert.deepEqual(seen, [0], "the app is at rest when the database is made anew");
    assert.equal(await replicas(), before);
    const made = await client.get({ ...CLUSTER, name: "docs-cluster", namespace: DOCS });
    assert.equal(at(made, "spec", "plugins", 0, "parameters", "serverName"), "docs-cluster-2");
    assert.equal(at(made, "spec", "externalClusters", 0, "plugin", "parameters", "serverName"), "docs-cluster");
    const after = await readState(client, "docs", stack);
    assert.deepEqual([after.clusters, after.underway], [["docs-cluster"], undefined]);
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

/** Its webhooks, at a local address: nothing stands behind a Service here. */
function local(object: KubeObject, url: string, authority: string): KubeObject {
  const webhooks = at(object, "webhooks");
  assert.ok(Array.isArray(webhooks));
  return {
    ...object,
    webhooks: webhooks.map((each: unknown) => {
      assert.ok(isRecord(each));
      const path = String(at(each, "clientConfig", "service", "path"));
      return { ...each, clientConfig: { url: `${url}${path}`, caBundle: Buffer.from(authority).toString("base64") } };
    }),
  };
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
