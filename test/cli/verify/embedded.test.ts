import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DEPLOYER } from "../../../components/namespace/rbac";
import { flows } from "../../../suite/flows";
import { label } from "../../../lib/labels";
import type { LoadedConfig } from "../../../config/load";
import { removeAll } from "../../../cli/verify/apply";
import { loadDocuments } from "../../../cli/verify/documents";
import type { Report, WorkloadRow } from "../../../cli/verify/model";
import { place } from "../../../cli/verify/placement";
import { failuresOf } from "../../../cli/verify/render";
import { loadStack } from "../../../cli/verify/stack";
import { suiteNamespaces, verify, VerifyError } from "../../../cli/verify/verify";
import { at } from "../../../lib/kube/client";
import { clusterReset, clusterUp, KubeClient } from "../../../embedded/cluster";
import { COMPONENTS } from "../../../embedded/cluster/components";
import { sleep } from "../../../embedded/cluster/files";
import { NETWORK } from "../../../embedded/cluster/network";
import { installNamespaces } from "./platform";
import { refusedInProduction } from "../../refused-in-production";
import { needFile, needTools } from "../../support/needs";

const root = resolve(__dirname, "..", "..", "..");
const fixtures = join(__dirname, "fixtures", "suite");
const corpus = join(root, "..", "shared", "corpus", "mijnbureau");

describe("verify:mijnbureau on an embedded cluster", function () {
  this.timeout(300_000);
  let dir = "";
  let client: KubeClient;
  let config: LoadedConfig;

  before(async function () {
    this.timeout(45 * 60_000); // where nothing is cached, the tools are built first
    dir = mkdtempSync(join(tmpdir(), "verify-"));
    const binaries = await needTools(this, ...COMPONENTS);
    const cluster = await clusterUp({ dir, binaries });
    client = KubeClient.fromKubeconfig(cluster.kubeconfig, undefined, { timeoutMs: 60_000 });
    config = onThisCluster(loadStack(root, "dev"));
  });
  after(async () => {
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  const apis = () => ({ admin: client, deployer: (namespace: string) => client.asServiceAccount(namespace, DEPLOYER) });
  const run = (path: string): Promise<Report> => {
    const { documents, problems } = loadDocuments([path]);
    assert.deepEqual(problems, []);
    return verify({
      documents,
      apis: apis(),
      flows,
      settings: config.network,
      monitoringNamespace: config.monitoring.namespace,
      stack: "dev",
      standIns: true,
      timeoutMs: 120_000,
      progress: () => undefined,
    });
  };
  const remove = async (path: string): Promise<number> => {
    const { suite } = await suiteNamespaces(client);
    const { placed } = place(loadDocuments([path]).documents, suite);
    const own = new Set(suite.values());
    const ours = placed.filter(({ object }) => own.has(object.metadata.namespace ?? ""));
    const { removed, problems } = await removeAll(ours, apis());
    assert.deepEqual(problems, []);
    return removed;
  };
  const row = (report: Report, name: string): WorkloadRow => {
    const found = report.workloads.find((candidate) => candidate.name === name);
    assert.ok(found, `no row for ${name}`);
    return found;
  };

  it("says that the stack is missing where it is", async () => {
    await assert.rejects(suiteNamespaces(client), VerifyError);
    await installNamespaces(config, client);
    assert.equal((await suiteNamespaces(client)).suite.get("docs"), config.apps.docs.namespace);
  });

  describe("with manifests of its own", () => {
    let report: Report;
    before(async () => {
      report = await run(fixtures);
    });

    it("runs what is clean, in the app's namespace", async () => {
      for (const [name, state] of [
        ["docs-backend", "1/1"],
        ["keycloak", "2/2"],
        ["docs-migrate", "completed"],
        ["grist", "1/1"],
      ] as const) {
        const { object, pods, state: seen } = row(report, name);
        assert.deepEqual([object, pods, seen], ["admitted", "admitted", state], name);
      }
      const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: config.apps.keycloak.namespace });
      assert.equal(pods.length, 2);
      assert.deepEqual(await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "default" }), []);
    });

    it("tells an admitted workload from its refused pods, with the known cause", () => {
      const { object, pods, problems } = row(report, "docs-nginx");
      assert.deepEqual([object, pods], ["admitted", "refused"]);
      assert.match(problems[0]?.text ?? "", /violates PodSecurity "restricted:v1\.\d+".*container "metrics"/);
      assert.match(problems[0]?.explanation?.why ?? "", /nginx-exporter/);
    });

    it("finds the key that does not exist, although the simulated pod runs", () => {
      assert.deepEqual(row(report, "docs-backend").problems, [
        {
          kind: "dangling reference",
          text: "key SMTP_PASSWORD of Secret docs (container backend) does not exist, and nothing given creates it",
        },
      ]);
    });

    it("keeps the suite off the platform's label and namespaces", () => {
      const others = report.otherObjects.map(({ name, problem }) => [name, problem.explanation !== undefined]);
      assert.deepEqual(others.sort(), [
        ["docs-pvc-backup", true],
        ["impostor", false],
      ]);
      const impostor = report.otherObjects.find(({ name }) => name === "impostor");
      assert.match(impostor?.problem.text ?? "", new RegExp(`${label.managed} is reserved`));
    });

    it("judges flows by what the API server holds, CloudNativePG's pods included", () => {
      const verdict = (from: string, to: string) =>
        report.flows.find((flow) => flow.from === from && flow.to === to)?.verdict;
      assert.equal(verdict("grist/grist", "grist: postgres"), "allowed");
      assert.equal(verdict("ingress controller", "docs/backend"), "allowed");
      assert.equal(verdict("every pod", "cluster DNS"), "allowed");
      assert.equal(verdict("ingress controller", "meet/backend"), "absent");
      assert.deepEqual(
        report.flows.filter((flow) => flow.verdict === "blocked"),
        [],
      );
      assert.equal(row(report, "grist-cluster").state, "made by its operator");
    });

    it("finds what the suite's policy opens to everyone, and nothing that the platform's do", () => {
      const rows = report.beyond.filter(({ to }) => to === "docs/docs-backend");
      assert.ok(rows.some(({ from, ports }) => ports === "8000" && from.includes("internet (IPv4)")));
      assert.deepEqual(
        report.beyond.filter(({ cause }) => cause === "platform"),
        [],
      );
    });

    it("fails for what is refused and for what nobody can explain", () => {
      assert.deepEqual(failuresOf(report), { refused: 1, notReady: 0, blocked: 0, unexplained: 2 });
    });

    it("repeats with the same report", async () => {
      const again = await run(fixtures);
      // The stand-ins are there already.
      assert.deepEqual({ ...again, notes: [] }, { ...report, notes: [] });
    });

    it("blocks a flow, and says so, when a policy of the platform is gone", async () => {
      const namespace = config.apps.docs.namespace;
      const kind = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
      for (const { metadata } of await client.list(kind, { namespace, labelSelector: label.managed })) {
        if (metadata.name !== "default-deny") await client.delete({ ...kind, name: metadata.name ?? "", namespace });
      }
      try {
        const { flows: judged } = await run(fixtures);
        const dns = judged.find(({ to }) => to === "cluster DNS");
        assert.equal(dns?.verdict, "blocked");
        assert.ok(dns?.blocked.some((text) => text.startsWith("docs/docs-backend -> cluster DNS: no egress policy")));
      } finally {
        await installNamespaces(config, client);
      }
    });

    it("removes what it applied, and nothing of the platform's", async () => {
      const policies = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
      assert.ok((await remove(fixtures)) >= 12);
      const left = await client.list(policies, { namespace: config.apps.docs.namespace });
      assert.ok(left.length > 0 && left.every(({ metadata }) => metadata.labels?.[label.managed] === "true"));
      assert.deepEqual(
        await client.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace: config.apps.docs.namespace }),
        [],
      );
      assert.equal(await remove(fixtures), 0);
    });
  });

  for (const environment of existsSync(corpus) ? readdirSync(corpus) : ["production"]) {
    it(`explains every row of MijnBureau's manifests: ${environment}`, async function () {
      needFile(this, corpus);
      let report = await run(join(corpus, environment));
      await remove(join(corpus, environment));
      // Kinds that are new to the cluster are refused until the controller manager has counted them for the quotas.
      for (let tries = 0; tries < 4 && JSON.stringify(report).includes("status unknown for quota"); tries++) {
        await sleep(15_000);
        report = await run(join(corpus, environment));
        await remove(join(corpus, environment));
      }
      const { notReady, blocked, unexplained } = failuresOf(report);
      const open = [
        ...report.workloads.flatMap(({ problems }) => problems),
        ...report.otherObjects.map(({ problem }) => problem),
      ];
      const unknown = open.filter(({ explanation }) => explanation === undefined).map(({ text }) => text);
      assert.deepEqual(
        { notReady, blocked, unexplained, unknown },
        { notReady: 0, blocked: 0, unexplained: 0, unknown: [] },
      );
      assert.deepEqual(
        report.beyond.filter(({ cause }) => cause === "platform"),
        [],
      );
      if (environment !== "production") return;
      const rendered = loadDocuments([join(corpus, environment)])
        .documents.filter(
          ({ object: { spec } }) => at(spec, "template") !== undefined || at(spec, "jobTemplate") !== undefined,
        )
        .map(({ object: { kind, metadata } }) => `${kind}/${metadata.name ?? ""}`);
      assert.deepEqual(report.workloads.map(({ kind, name }) => `${kind}/${name}`).sort(), rendered.sort());
      const refused = report.workloads.filter(({ pods }) => pods === "refused");
      assert.deepEqual(refused.map(({ app, kind, name }) => `${app}/${kind}/${name}`).sort(), refusedInProduction);
    });
  }
});

/** The dev stack's configuration with the addresses of the embedded cluster, and a CloudNativePG database for one app. */
function onThisCluster(config: LoadedConfig): LoadedConfig {
  const { datastores } = config.network;
  return {
    ...config,
    network: {
      ...config.network,
      controlPlaneCidrs: [`${NETWORK.controlPlaneNode}/32`],
      datastores: { ...datastores, grist: { ...datastores.grist, postgres: { provider: "cnpg" } } },
    },
    operators: {
      ...config.operators,
      databases: { store: { provider: "s3", url: "https://s3.example.nl", bucket: "databases", region: "nl" } },
    },
  };
}
