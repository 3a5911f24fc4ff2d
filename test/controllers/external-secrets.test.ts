import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { crdsOf } from "../../components/crds/crds";
import { pullSecret } from "../../components/namespace/pull-secret";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { secretStore } from "../../components/operators/frame/secrets";
import { NAMESPACE, storeAccount } from "../../components/operators/external-secrets/stores";
import { label, type NamespaceRole } from "../../lib/labels";
import { at, isKubeObject, isRecord, KubeClient, type KubeObject } from "../../lib/kube/client";
import { logTail } from "../../embedded/cluster/processes";
import { everything, facts } from "../components/operators/support";
import { planWith } from "../components/operators/support-upstream";
import { installExternalSecrets, standInStore, startExternalSecrets, type Entries } from "./local-external-secrets";
import { atWork } from "./rights";
import { chart, eventually, namespaceOf, Sandbox, toolsOrSkip } from "./support";
import { needCharts } from "../support/needs";

const DOCS = "mijnbureau-docs";
const API = "external-secrets.io/v1";
const REGISTRY = "mijnbureau/registry";
const DOCKER_CONFIG = '{"auths":{"registry.example.org":{"auth":"c2FtcGxlOnNhbXBsZQ=="}}}';
const OURS = ["external-secrets.io", "generators.external-secrets.io"];

const decoded = (secret: KubeObject, key: string): string | undefined => {
  const value = at(secret, "data", key);
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined;
};

describe("External Secrets' own controller with the platform's rights, stores and ExternalSecrets", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let plan: OperatorPlan;
  let objects: KubeObject[] = [];

  const settings = {
    ...everything,
    "external-secrets": { suite: ["docs", "meet"], externalDatastores: [], rotateAfter: "2160h" },
  };

  const namespace = (name: string, role: NamespaceRole): KubeObject =>
    namespaceOf(name, role, { level: "restricted", backupTier: "none", holdsData: false });

  const ownObjects = (): KubeObject[] =>
    objects.filter(({ apiVersion }) => OURS.includes(apiVersion.split("/")[0] ?? ""));

  const storeOf = (role: NamespaceRole): KubeObject => {
    const found = objects.find(
      ({ kind, metadata }) => kind === "ClusterSecretStore" && metadata.name === secretStore[role],
    );
    assert.ok(found !== undefined);
    return found;
  };
  const externalSecrets = (namespaceName: string): KubeObject[] =>
    objects.filter(({ kind, metadata }) => kind === "ExternalSecret" && metadata.namespace === namespaceName);

  /** What every entry of the store holds: its own name, so that a value shows where it came from. */
  const entriesFor = (wanted: readonly KubeObject[], suffix = ""): Entries => {
    const entries: Record<string, Record<string, string>> = {};
    for (const object of wanted) {
      const data = at(object, "spec", "data");
      for (const item of Array.isArray(data) ? Array.from<unknown>(data) : []) {
        const key = String(at(item, "remoteRef", "key"));
        const property = String(at(item, "remoteRef", "property"));
        entries[key] = { ...entries[key], [property]: `${key}#${property}${suffix}` };
      }
    }
    return entries;
  };

  const suiteStore = (suffix: string): KubeObject =>
    standInStore(storeOf("suite"), {
      ...entriesFor(externalSecrets(DOCS), suffix),
      [REGISTRY]: { ".dockerconfigjson": DOCKER_CONFIG },
    });

  const secretOf = (name: string, namespaceName: string): Promise<KubeObject | undefined> =>
    client.find({ apiVersion: "v1", kind: "Secret", name, namespace: namespaceName });

  const valueIs = (name: string, key: string, expected: (value: string) => boolean): Promise<string> =>
    eventually(`${key} of Secret ${name}; ${logTail(sandbox.log("external-secrets"), 5)}`, async () => {
      const secret = await secretOf(name, DOCS);
      const value = secret === undefined ? undefined : decoded(secret, key);
      return value !== undefined && expected(value) ? value : undefined;
    });

  const condition = async (object: KubeObject): Promise<unknown> => {
    const { apiVersion, kind, metadata } = object;
    const found = await client.get({ apiVersion, kind, name: metadata.name ?? "", namespace: metadata.namespace });
    return at(found, "status", "conditions", 0);
  };

  const helmSecret = (): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "docs", namespace: DOCS, labels: { "app.kubernetes.io/name": "docs" } },
    stringData: { OIDC_RP_CLIENT_SECRET: "by-helm", DJANGO_SECRET_KEY: "by-helm", REDIS_URL: "redis://by-helm" },
  });

  before(async function () {
    this.timeout(240_000);
    const tools = await toolsOrSkip(this, "external-secrets", "helm");
    const fromChart = chart("external-secrets");
    // Rights, arguments and the definitions of its kinds are the chart's.
    needCharts(this, [fromChart.name]);
    sandbox = await Sandbox.up(this, "external-secrets");
    ({ client } = sandbox);
    plan = planWith("external-secrets", settings);
    objects = [...plan.before, ...plan.after].filter(isKubeObject);
    const placesHere = new Set([NAMESPACE, "velero", ...facts.apps.map((app) => app.namespace)]);
    await sandbox.apply([namespace(NAMESPACE, "operator"), namespace("velero", "operator")]);
    for (const app of facts.apps) await sandbox.apply([namespace(app.namespace, "suite")]);
    await sandbox.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } }]);
    const rendered = await installExternalSecrets(sandbox, plan, tools.path("helm"));
    await sandbox.apply(
      atWork(
        plan,
        facts.apps.map((app) => app.namespace),
        [plan, planWith("velero", everything)],
      ).filter(({ metadata }) => placesHere.has(metadata.namespace ?? "velero")),
    );
    await sandbox.apply(objects.filter(({ apiVersion }) => !OURS.includes(apiVersion.split("/")[0] ?? "")));
    await startExternalSecrets(sandbox, tools.path("external-secrets"), rendered);
  });

  after(async () => {
    await sandbox?.down();
  });

  it("takes every object of the plan as it is, OpenBao's stores included", async () => {
    const kinds = new Set(ownObjects().map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ["ClusterSecretStore", "ExternalSecret", "Password"]);
    for (const object of ownObjects()) await client.apply(object, { dryRun: true });
  });

  it("opens a store to the namespaces of its role", async () => {
    await sandbox.apply([
      suiteStore(""),
      // Who writes the store gives a value, and no setting of its own beside it.
      standInStore(
        storeOf("operator"),
        entriesFor(planWith("velero", everything).before.filter(isKubeObject), "\ncredential_process=/attack"),
      ),
    ]);
    for (const role of ["suite", "operator"] as const) {
      await eventually(`store ${secretStore[role]} is ready`, async () =>
        at(await condition(storeOf(role)), "status") === "True" ? true : undefined,
      );
    }
  });

  it("waits for the Secret that Helm makes, and then writes its own keys only", async () => {
    const [main] = externalSecrets(DOCS).filter(({ metadata }) => metadata.name === "platform-docs");
    assert.ok(main !== undefined);
    await sandbox.apply([main]);
    await eventually("it says that the Secret is missing", async () =>
      at(await condition(main), "reason") === "SecretMissing" ? true : undefined,
    );
    assert.equal(await secretOf("docs", DOCS), undefined);
    await client.create(helmSecret());
    // Next looked at after the refresh interval, an hour in the plan; an operator can ask for it at once (docs of External
    // Secrets, "Manually trigger a refresh").
    await client.patch(
      { apiVersion: API, kind: "ExternalSecret", name: "platform-docs", namespace: DOCS },
      { metadata: { annotations: { "force-sync": "1" } } },
    );
    const value = await valueIs("docs", "OIDC_RP_CLIENT_SECRET", (found) => found !== "by-helm");
    assert.equal(value, "mijnbureau/shared/oidc#docs");
    const secret = await secretOf("docs", DOCS);
    assert.ok(secret !== undefined);
    assert.equal(decoded(secret, "REDIS_URL"), "redis://by-helm");
    // The platform's own label would keep the suite's deployer from changing its Secret.
    assert.equal(secret.metadata.labels?.[label.managed], undefined);
    assert.equal(secret.metadata.labels?.["app.kubernetes.io/name"], "docs");
    assert.deepEqual(secret.metadata.ownerReferences ?? [], []);
  });

  it("writes a key back at once after an upgrade by Helm", async () => {
    await client.patch({ apiVersion: "v1", kind: "Secret", name: "docs", namespace: DOCS }, helmReset());
    await valueIs("docs", "OIDC_RP_CLIENT_SECRET", (found) => found === "mijnbureau/shared/oidc#docs");
  });

  it("follows a value that changes in the store, at the refresh interval", async () => {
    await sandbox.apply([suiteStore("-rotated")]);
    await client.patch(
      { apiVersion: API, kind: "ExternalSecret", name: "platform-docs", namespace: DOCS },
      { spec: { refreshInterval: "2s" } },
    );
    await valueIs("docs", "OIDC_RP_CLIENT_SECRET", (found) => found === "mijnbureau/shared/oidc#docs-rotated");
    await sandbox.apply([suiteStore("-again")]);
    await valueIs("docs", "OIDC_RP_CLIENT_SECRET", (found) => found === "mijnbureau/shared/oidc#docs-again");
  });

  it("draws the keys that rotate anew after the interval, and leaves the others", async () => {
    await sandbox.apply(objects.filter(({ kind, metadata }) => kind === "Password" && metadata.namespace === DOCS));
    const [drawn, copied] = externalSecrets(DOCS).filter(({ spec }) => at(spec, "dataFrom") !== undefined);
    for (const [each, refreshInterval] of [
      [drawn, "5s"],
      [copied, "1s"],
    ] as const) {
      assert.ok(each !== undefined);
      const spec = isRecord(each["spec"]) ? each["spec"] : {};
      await sandbox.apply([{ ...each, spec: { ...spec, refreshInterval } }]);
    }
    const first = await valueIs("docs", "DJANGO_SECRET_KEY", (found) => found !== "by-helm");
    assert.match(first, /^[A-Za-z0-9]{50}$/);
    const second = await valueIs("docs", "DJANGO_SECRET_KEY", (found) => found !== first);
    assert.match(second, /^[A-Za-z0-9]{50}$/);
    const secret = await secretOf("docs", DOCS);
    assert.ok(secret !== undefined);
    const values = ["DJANGO_SECRET_KEY", "COLLABORATION_SERVER_SECRET"].map((key) => decoded(secret, key));
    assert.equal(new Set(values).size, 2, "two keys never have one value");
    assert.equal(decoded(secret, "REDIS_URL"), "redis://by-helm");
    assert.equal(decoded(secret, "OIDC_RP_CLIENT_SECRET"), "mijnbureau/shared/oidc#docs-again");
  });

  it("makes the pull secret of a namespace", async () => {
    await sandbox.apply([pullSecret(DOCS, "suite", { name: "registry", remoteKeys: [REGISTRY] })]);
    assert.equal(await valueIs("registry", ".dockerconfigjson", () => true), DOCKER_CONFIG);
    assert.equal((await secretOf("registry", DOCS))?.["type"], "kubernetes.io/dockerconfigjson");
  });

  it("refuses a namespace without the role of the store, and one of another role", async () => {
    for (const name of ["elsewhere", "velero"]) {
      const asked = pullSecret(name, "suite", { name: "registry", remoteKeys: [REGISTRY] });
      await sandbox.apply([asked]);
      await eventually(`${name} is refused`, async () =>
        at(await condition(asked), "status") === "False" ? true : undefined,
      );
      assert.equal(await secretOf("registry", name), undefined);
    }
    assert.match(await eventuallyLogged(/not allowed from namespace "elsewhere"/), /denied by spec.condition/);
  });

  it("makes the Secrets of an operator from the operators' store", async () => {
    const wanted = planWith("velero", everything).before.filter(({ kind }) => kind === "ExternalSecret");
    assert.ok(wanted.length > 0);
    await sandbox.apply(wanted);
    for (const { metadata } of wanted) {
      const made = await eventually(`Secret ${metadata.name}`, () => secretOf(metadata.name, "velero"));
      assert.equal(
        decoded(made, "cloud"),
        "[default]\naws_access_key_id=platform/velero#access_key\naws_secret_access_key=platform/velero#secret_key\n",
      );
    }
  });

  it("may act as the accounts of the stores, and as no other", async () => {
    const controller = KubeClient.fromKubeconfig(await sandbox.kubeconfigOf(NAMESPACE, "external-secrets"));
    const token = (account: string, namespaceName = NAMESPACE): Promise<unknown> =>
      controller.request("POST", `/api/v1/namespaces/${namespaceName}/serviceaccounts/${account}/token`, {
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: ["openbao"] } },
      });
    try {
      for (const account of Object.values(storeAccount)) assert.ok(at(await token(account), "status", "token"));
      await assert.rejects(token("external-secrets-webhook"), /forbidden/);
      await assert.rejects(token("default", DOCS), /forbidden/);
    } finally {
      controller.close();
    }
  });

  it("has objects that the pinned chart's definitions take too", async () => {
    const definitions = crdsOf(chart("external-secrets"));
    await sandbox.apply(definitions);
    const wrong: KubeObject = { ...storeOf("suite"), spec: { provider: { vault: { server: 1 } } } };
    await assert.rejects(client.apply(wrong, { dryRun: true, force: true }), /expected string/);
    for (const object of ownObjects()) await client.apply(object, { dryRun: true, force: true });
  });

  const eventuallyLogged = (pattern: RegExp): Promise<string> =>
    eventually(String(pattern), () =>
      Promise.resolve(
        readFileSync(sandbox.log("external-secrets"), "utf8")
          .split("\n")
          .find((line) => pattern.test(line.replaceAll("\\", ""))),
      ),
    );
});

const helmReset = (): Record<string, unknown> => ({ stringData: { OIDC_RP_CLIENT_SECRET: "by-helm" } });
