import assert from "node:assert/strict";
import { stackConfig } from "../../components/stack-file";
import type { ClusterFacts } from "../../components/cluster/facts";
import type { Send } from "../../components/cluster/webhooks";
import { establish, keptSecrets, type Installation } from "../../components/installation";
import type { SecretSource } from "../../components/operators/frame/secrets";
import { ConfigError } from "../../config/errors";
import { one, registrations, type Registered } from "./registrations";

const facts: ClusterFacts = {
  version: "v1.36.3",
  customResources: new Map(),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [],
  daemonSets: ["cilium"],
  admissionResources: [],
};

const PASSWORD = "of the old backups";
const secret =
  (labels: object): Send =>
  () =>
    Promise.resolve({
      status: 200,
      body: JSON.stringify({
        metadata: { labels },
        data: { "repository-password": Buffer.from(PASSWORD).toString("base64") },
      }),
    });
const absent: Send = () => Promise.resolve({ status: 404, body: "" });
const managed = { "mijnbureau-platform/managed": "true" };

/** What `establish` registers, and what comes of it. */
async function established(cluster: Partial<ClusterFacts>, send: Send = absent) {
  let result: Installation | undefined;
  let failure: unknown;
  const registered = await registrations(() => {
    establish(stackConfig(".", "dev"), { ...facts, ...cluster }, { send, errors: [] }).then(
      (installation) => (result = installation),
      (error: unknown) => (failure = error),
    );
  });
  for (let turn = 0; turn < 100 && result === undefined && failure === undefined; turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return { registered, result, failure };
}

const provider = (all: readonly Registered[], name: string): Registered =>
  one(all, (each) => each.type === "pulumi:providers:kubernetes" && each.name === name, `providers ${name}`);

describe("the installation", () => {
  it("is recorded before anything that uses the cluster's provider, so that the record goes last", async () => {
    const { registered, result } = await established({});
    assert.ok(result !== undefined);
    const record = one(registered, ({ type }) => type === "kubernetes:core/v1:ConfigMap", "records");
    assert.equal(JSON.stringify(record.inputs["data"]).includes("test"), true, "the record does not name the stack");
    const after = provider(registered, "cluster").dependencies;
    assert.ok(
      after.some((urn) => urn.endsWith("ConfigMap::installation")),
      `the provider does not come after the record: ${after.join(", ")}`,
    );
    assert.ok(!after.some((urn) => urn.includes("pulumi:providers")), "the record's own provider is enough");
  });

  it("takes over what an earlier one left on a cluster of simulated pods, values kept, and only then creates over it", async () => {
    const left = { namespaces: new Map([["velero", true]]) };
    const { registered, result } = await established(left, secret(managed));
    assert.equal(provider(registered, "cluster").inputs["upsertExistingObjects"], "true");
    assert.equal(result?.keptSecrets.get("velero/velero-repo-credentials")?.["repository-password"], PASSWORD);
    const fresh = await established({}, secret(managed));
    assert.equal(provider(fresh.registered, "cluster").inputs["upsertExistingObjects"], undefined);
    assert.equal(fresh.result?.keptSecrets.size, 0);
  });

  it("is refused on a cluster that carries another stack's, before anything is recorded", async () => {
    const { registered, failure } = await established({ installation: { stack: "other/prod", id: "x" } });
    assert.ok(failure instanceof ConfigError);
    assert.match(failure.message, /carries the platform of stack other\/prod/);
    assert.ok(!registered.some(({ type }) => type.startsWith("kubernetes:")));
  });
});

describe("values of Secrets that exist", () => {
  const source: SecretSource = {
    from: "random",
    namespace: "velero",
    name: "velero-repo-credentials",
    lengths: { "repository-password": 64 },
    why: "x",
  };

  it("are kept where the Secret is the platform's", async () => {
    const kept = await keptSecrets([source], secret(managed));
    assert.deepEqual([...kept], [["velero/velero-repo-credentials", { "repository-password": PASSWORD }]]);
    assert.equal((await keptSecrets([source], absent)).size, 0);
  });

  it("are never taken over from somebody else, nor passed over where they cannot be read", async () => {
    await assert.rejects(keptSecrets([source], secret({})), /exists and is not the platform's/);
    await assert.rejects(
      keptSecrets([source], () => Promise.resolve({ status: 403, body: "" })),
      /cannot be read \(status 403\), and must not be overwritten/,
    );
  });
});
