import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments, type Document } from "yaml";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS, type Binaries } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { kyvernoDown, kyvernoRuns, kyvernoUp, type KyvernoOutcome } from "../../embedded/cluster/kyverno";
import { kyvernoWebhooks } from "../../embedded/cluster/kyverno-traces";
import { StateFile } from "../../embedded/cluster/state";
import { clusterPaths } from "../../embedded/cluster/paths";
import { projectRoot } from "../../embedded/toolchain";
import { needFile, needTools } from "../support/needs";

const corpus = join(projectRoot(), "..", "shared", "corpus", "operators", "kyverno");
/** What the local process needs of the chart: the rest (monitors, budgets, policies) does not concern it. */
const KINDS = [
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Service",
  "Deployment",
];

describe("embedded cluster: Kyverno as a local process", function () {
  this.timeout(240_000);
  let dir = "";
  let binaries: Binaries & { readonly kyverno: string };
  let client: KubeClient;

  const documents = (file: string): KubeObject[] =>
    Array.from<Document.Parsed>(parseAllDocuments(readFileSync(join(corpus, file), "utf8")))
      .map((document) => document.toJS() as unknown)
      .filter(isKubeObject);
  const up = (): Promise<KyvernoOutcome> => kyvernoUp({ dir, binary: () => Promise.resolve(binaries.kyverno) });
  const newPod = async (): Promise<KubeObject> =>
    client.create(
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { generateName: "sample-", namespace: "default" },
        spec: { containers: [{ name: "main", image: "sample" }] },
      },
      { dryRun: true },
    );

  before(async function () {
    this.timeout(45 * 60_000);
    needFile(this, corpus);
    dir = mkdtempSync(join(tmpdir(), "embedded-kyverno-"));
    binaries = await needTools(this, ...COMPONENTS, "kyverno");
    client = KubeClient.fromKubeconfig((await clusterUp({ dir, binaries })).kubeconfig);
  });
  after(async () => {
    if (dir === "") return;
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  it("is not started where the stack has no Kyverno", async () => {
    assert.equal(await up(), "not installed");
    assert.equal(kyvernoRuns(dir), false);
  });

  it("changes pods at admission, as the ServiceAccount that the chart gives it", async () => {
    for (const name of ["kyverno", "platform-policy-exceptions"]) {
      await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    await client.apply({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "platform-critical" },
      value: 1000,
    });
    for (const crd of documents("crds.yaml")) await client.apply(crd, { force: true });
    for (const object of documents("hardened.yaml").filter(({ kind }) => KINDS.includes(kind)))
      await client.apply(object);
    assert.equal(await up(), "started");
    await client.apply({
      apiVersion: "policies.kyverno.io/v1",
      kind: "MutatingPolicy",
      metadata: { name: "mark-pods" },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        },
        mutations: [
          {
            patchType: "ApplyConfiguration",
            applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'marked': 'yes'}}}" },
          },
        ],
      },
    });
    const deadline = Date.now() + 60_000;
    while ((await newPod()).metadata.labels?.["marked"] !== "yes") {
      assert.ok(Date.now() < deadline, "no pod was changed");
      await sleep(300);
    }
    assert.equal(await up(), "running already");
  });

  it("blocks nothing after it was killed and the cluster started again", async () => {
    const record = new StateFile(clusterPaths(dir)).process("kyverno");
    process.kill(record?.pid ?? 0, "SIGKILL");
    await sleep(200);
    assert.ok((await kyvernoWebhooks(client)).length > 0, "a killed process leaves its webhooks");
    await clusterUp({ dir, binaries });
    assert.deepEqual(await kyvernoWebhooks(client), []);
    assert.equal((await newPod()).metadata.labels?.["marked"], undefined);
    assert.equal(await up(), "started");
  });

  it("leaves no webhook behind when it is stopped", async () => {
    await kyvernoDown(dir);
    assert.equal(kyvernoRuns(dir), false);
    assert.deepEqual(await kyvernoWebhooks(client), []);
    await newPod();
  });
});
