import assert from "node:assert/strict";
import { z } from "zod";
import { SECRETS_ANNOTATION, restartReaders } from "../../components/admission/kyverno/restart-readers";
import { kyvernoRights } from "../../components/admission/kyverno/rights";
import { nativeMutation } from "../../components/admission/mutations/compile";
import { guardManifests } from "../../components/admission/guards";
import { NAMESPACE } from "../../components/operators/external-secrets/stores";
import { secretStore } from "../../components/operators/frame/secrets";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { apps } from "../../suite/apps";
import {
  at,
  isKubeObject,
  isRecord,
  KubeClient,
  type KindRef,
  type KubeObject,
  type ObjectRef,
} from "../../lib/kube/client";
import { sleep } from "../../embedded/cluster/files";
import { logTail } from "../../embedded/cluster/processes";
import { needCharts } from "../support/needs";
import { facts } from "../components/operators/support";
import { plannedWith, planWith } from "../components/operators/support-upstream";
import { LocalKyverno } from "./kyverno";
import { installExternalSecrets, standInStore, startExternalSecrets } from "./local-external-secrets";
import { atWork } from "./rights";
import { chart, eventually, guardFacts, namespaceOf, Sandbox, toolsOrSkip } from "./support";

const DOCS = "mijnbureau-docs";
const MEET = "mijnbureau-meet";
const DEPLOYMENTS: KindRef = { apiVersion: "apps/v1", kind: "Deployment" };
const STATEFUL_SETS: KindRef = { apiVersion: "apps/v1", kind: "StatefulSet" };
const PODS: KindRef = { apiVersion: "v1", kind: "Pod" };
const EXTERNAL_SECRETS: KindRef = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret" };
const SECRETS: KindRef = { apiVersion: "v1", kind: "Secret" };

const dataSchema = z.object({ data: z.record(z.string(), z.string()) });

/** The ways in which the suite's pods read the Secret of their app. */
const readers: Readonly<Record<string, { container?: Record<string, unknown>; pod?: Record<string, unknown> }>> = {
  variables: { container: { envFrom: [{ secretRef: { name: "docs" } }] } },
  variable: {
    container: { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "docs", key: "DJANGO_SECRET_KEY" } } }] },
  },
  volume: { pod: { volumes: [{ name: "keys", secret: { secretName: "docs" } }] } },
  projected: { pod: { volumes: [{ name: "keys", projected: { sources: [{ secret: { name: "docs" } }] } }] } },
};
const others: typeof readers = {
  nothing: {},
  // Helm's alone: External Secrets does not write it.
  "superuser-only": { container: { envFrom: [{ secretRef: { name: "docs-superuser" } }] } },
};

function workload(
  kind: "Deployment" | "StatefulSet",
  namespace: string,
  name: string,
  reads = readers[name],
): KubeObject {
  const labels = { app: name };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      template: {
        metadata: { labels },
        spec: {
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          containers: [{ name: "main", image: "example.org/image:1", securityContext, ...reads?.container }],
          ...reads?.pod,
        },
      },
    },
  };
}

describe("a Secret of the suite that changes, with External Secrets' and Kyverno's own controllers", function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let kyverno: LocalKyverno;
  let plan: OperatorPlan;
  let metrics = "";

  const secret = async (): Promise<KubeObject> => client.get({ ...SECRETS, name: "docs", namespace: DOCS });
  const valueOf = async (key: string): Promise<string> => String(at(await secret(), "data", key));
  const annotationOf = (object: KubeObject): unknown =>
    at(object, "spec", "template", "metadata", "annotations", SECRETS_ANNOTATION);
  const workloads = async (namespace: string): Promise<ReadonlyMap<string, unknown>> => {
    const found = await Promise.all([DEPLOYMENTS, STATEFUL_SETS].map((kind) => client.list(kind, { namespace })));
    return new Map(found.flat().map((object) => [object.metadata.name ?? "", annotationOf(object)]));
  };
  const rotatingValues = async (): Promise<unknown[]> => {
    const { data } = dataSchema.parse(await secret());
    return rotating.map((key) => data[key]);
  };
  /** Helm writes its own value of every key. */
  const helmUpgrade = async (more: Readonly<Record<string, string>> = {}): Promise<KubeObject> =>
    client.patch({ ...SECRETS, name: "docs", namespace: DOCS }, { stringData: { ...helmValues, ...more } });
  const planned = (name: string): KubeObject => {
    // The account of a store has the store's name.
    const found = plan.after.find(({ kind, metadata }) => metadata.name === name && kind !== "ServiceAccount");
    assert.ok(isKubeObject(found), name);
    return found;
  };
  const refreshedEach = (object: KubeObject, refreshInterval: string): KubeObject => ({
    ...object,
    spec: { ...(isRecord(object["spec"]) ? object["spec"] : {}), refreshInterval },
  });

  /** Until every reader names the version of the Secret, and no pod is left of before. */
  const restarted = async (): Promise<string> => {
    const expected = await eventually(
      `every reader is new; ${logTail(sandbox.log("kyverno-background-controller"), 8)}`,
      async () => {
        const version = `docs=${(await secret()).metadata.resourceVersion ?? ""}`;
        const found = await workloads(DOCS);
        return Object.keys(readers).every((name) => found.get(name) === version) ? version : undefined;
      },
      180,
    );
    await eventually("no pod of before is left", async () => {
      const pods = await client.list(PODS, { namespace: DOCS });
      const of = pods.filter(({ metadata }) => (metadata.labels?.["app"] ?? "") in readers);
      const stale = of.filter(({ metadata }) => metadata.annotations?.[SECRETS_ANNOTATION] !== expected);
      return of.length === 2 * Object.keys(readers).length && stale.length === 0 ? true : undefined;
    });
    return expected;
  };
  const untouched = async (): Promise<void> => {
    const found = await workloads(DOCS);
    for (const name of Object.keys(others)) assert.equal(found.get(name), undefined, name);
    assert.deepEqual([...(await workloads(MEET)).values()], [undefined]);
  };

  before(async function () {
    this.timeout(300_000);
    const tools = await toolsOrSkip(this, "external-secrets", "kyverno", "kyverno-background-controller", "helm");
    needCharts(this, [chart("kyverno").name, chart("external-secrets").name]);
    plan = planWith("external-secrets");
    const suite = facts.apps.map(({ namespace }) => namespace);
    sandbox = await Sandbox.up(this, "secret-rotation");
    ({ client } = sandbox);
    const identity = { level: "restricted", backupTier: "none", holdsData: false } as const;
    await sandbox.apply([namespaceOf(NAMESPACE, "operator", identity)]);
    await sandbox.apply(suite.map((name) => namespaceOf(name, "suite", identity)));
    const rendered = await installExternalSecrets(sandbox, plan, tools.path("helm"));
    kyverno = await LocalKyverno.install(sandbox, tools.path("helm"));
    await sandbox.apply(plan.before);
    const both = [planWith("kyverno"), plan];
    await sandbox.apply(
      both
        .flatMap((each) => atWork(each, suite, both))
        .filter(({ metadata }) => [undefined, NAMESPACE, "kyverno", ...suite].includes(metadata.namespace)),
    );
    await sandbox.apply(guardManifests(guardFacts));
    await sandbox.apply(keptKeys);
    await sandbox.apply([
      { apiVersion: "v1", kind: "Secret", metadata: { name: "docs", namespace: DOCS }, stringData: helmValues },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "docs-superuser", namespace: DOCS },
        stringData: { a: "b" },
      },
      ...Object.keys(readers).map((name) => workload(name === "volume" ? "StatefulSet" : "Deployment", DOCS, name)),
      ...Object.entries(others).map(([name, reads]) => workload("Deployment", DOCS, name, reads)),
      workload("Deployment", MEET, "same-name-elsewhere", readers["variables"]),
    ]);
    await kyverno.startAdmission(tools.path("kyverno"));
    await sandbox.apply(kyvernoRights);
    const policies = restartReaders([DOCS, MEET]);
    await sandbox.apply(policies);
    await kyverno.ready(policies.filter(isKubeObject));
    await kyverno.start("background-controller", tools.path("kyverno-background-controller"));
    metrics = await startExternalSecrets(sandbox, tools.path("external-secrets"), rendered);
  });

  after(async () => {
    await kyverno?.down();
    await sandbox?.down();
  });

  it("restarts every reader when keys are drawn anew, in one go, and nothing else", async () => {
    await sandbox.apply([
      planned("platform-password"),
      refreshedEach(planned("platform-docs-drawn"), "30s"),
      refreshedEach(planned("platform-docs-keys"), "2s"),
    ]);
    await eventually("keys are drawn", async () =>
      (await valueOf("DJANGO_SECRET_KEY")) === base64("by-helm") ? undefined : true,
    );
    const first = await restarted();
    const before = await valueOf("DJANGO_SECRET_KEY");
    await eventually(
      "drawn anew",
      async () => ((await valueOf("DJANGO_SECRET_KEY")) === before ? undefined : true),
      60,
    );
    const second = await restarted();
    assert.notEqual(first, second);
    await untouched();
    await client.patch(
      { ...EXTERNAL_SECRETS, name: "platform-docs-drawn", namespace: DOCS },
      { spec: { refreshInterval: "2160h" } },
    );
    const drawn: ObjectRef = { ...EXTERNAL_SECRETS, name: "platform-docs-drawn", namespace: DOCS };
    await eventually("drawn once more for the change, and copied", async () => {
      const { metadata, ...object } = await client.get(drawn);
      const seen = String(at(object, "status", "syncedResourceVersion")).split("-")[0];
      if (seen !== String(metadata.generation)) return undefined;
      const { data } = dataSchema.parse(await client.get({ ...SECRETS, name: "platform-docs-drawn", namespace: DOCS }));
      const copied = await rotatingValues();
      return rotating.every((key, index) => data[key] === copied[index]) ? true : undefined;
    });
    await restarted();
  });

  it("changes no key at an upgrade of the suite, and restarts nothing for it", async () => {
    const drawn = await rotatingValues();
    assert.equal(new Set(drawn).size, rotating.length);
    await helmUpgrade();
    assert.deepEqual(await rotatingValues(), drawn);
    // The first upgrade after a rotation is a version of its own: the API server notes that Helm has written the fields.
    await sleep(5_000);
    const version = await restarted();
    await helmUpgrade();
    assert.deepEqual(await rotatingValues(), drawn);
    await sleep(5_000);
    assert.equal(await restarted(), version);
  });

  it("nor where the upgrade writes another key, after which External Secrets writes the Secret again", async () => {
    const drawn = await rotatingValues();
    await helmUpgrade({ NEW: "by-helm" });
    assert.deepEqual(await rotatingValues(), drawn, "before External Secrets has seen it");
    await sleep(5_000);
    assert.deepEqual(await rotatingValues(), drawn, "and after");
    assert.equal(await valueOf("NEW"), base64("by-helm"));
    await restarted();
  });

  it("writes the same keys again where an API server without MutatingAdmissionPolicy let Helm's through", async () => {
    const drawn = await rotatingValues();
    for (const { apiVersion, kind, metadata } of keptKeys) {
      await client.delete({ apiVersion, kind, name: metadata.name ?? "" });
    }
    await eventually("the policy is gone, and Helm's values get through", async () => {
      const written = await helmUpgrade();
      return rotating.every((key) => at(written, "data", key) === base64("by-helm")) ? true : undefined;
    });
    await eventually("the same keys again", async () =>
      JSON.stringify(await rotatingValues()) === JSON.stringify(drawn) ? true : undefined,
    );
    await sandbox.apply(keptKeys);
    await restarted();
  });

  it("restarts them when a value changes in the store, and not when it is merely asked for", async () => {
    const store = planned(secretStore.suite);
    const external = planned("platform-docs");
    const store1 = storeWith(store, external, "1");
    await sandbox.apply([store1, refreshedEach(external, "2s")]);
    await eventually("value of the store", async () =>
      (await valueOf("OIDC_RP_CLIENT_SECRET")) === base64("1") ? true : undefined,
    );
    const first = await restarted();
    await sleep(8_000);
    assert.equal(await restarted(), first, "refreshed without a change");
    await sandbox.apply([storeWith(store, external, "2")]);
    await eventually("new value", async () =>
      (await valueOf("OIDC_RP_CLIENT_SECRET")) === base64("2") ? true : undefined,
    );
    assert.notEqual(await restarted(), first);
    await untouched();
  });

  it("keeps the last good value while the store is away, restarts nothing, and shows it to the alert", async () => {
    const before = await restarted();
    await client.delete({ apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore", name: secretStore.suite });
    const line = 'externalsecret_status_condition{.*condition="Ready".*name="platform-docs".*status="False".*} 1';
    await eventually("the metric of the alert ExternalSecretNotReady", async () =>
      new RegExp(line).test(await (await fetch(metrics)).text()) ? true : undefined,
    );
    assert.equal(await valueOf("OIDC_RP_CLIENT_SECRET"), base64("2"));
    assert.equal(await restarted(), before);
    await sandbox.apply([storeWith(planned(secretStore.suite), planned("platform-docs"), "3")]);
    await eventually("back", async () => ((await valueOf("OIDC_RP_CLIENT_SECRET")) === base64("3") ? true : undefined));
    await restarted();
  });

  it("catches up with what changed while Kyverno was away", async () => {
    const background = await toolsOrSkip(this.ctx, "kyverno-background-controller");
    await kyverno.stop("background-controller");
    await sandbox.apply([storeWith(planned(secretStore.suite), planned("platform-docs"), "4")]);
    await eventually("written", async () =>
      (await valueOf("OIDC_RP_CLIENT_SECRET")) === base64("4") ? true : undefined,
    );
    await kyverno.start("background-controller", background.path("kyverno-background-controller"), {
      BACKGROUND_SCAN_INTERVAL: "5s",
    });
    await restarted();
    await untouched();
  });

  it("has no Secret in what Kyverno is sent", async () => {
    const kind = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };
    const registered = JSON.stringify(await client.list(kind));
    assert.match(registered, /externalsecrets\/status/);
    assert.doesNotMatch(registered, /"secrets"/);
  });

  it("leaves Kyverno's account the annotation, and the Secrets that change", async () => {
    const account = KubeClient.fromKubeconfig(await sandbox.kubeconfigOf("kyverno", "kyverno-background-controller"));
    try {
      const ref = { ...DEPLOYMENTS, name: "variables", namespace: DOCS };
      const replace = async (change: (object: KubeObject) => KubeObject): Promise<KubeObject> =>
        account.replace(change(await client.get(ref)), { dryRun: true });
      const inTemplate = (object: KubeObject, part: Record<string, unknown>): KubeObject => {
        const spec = isRecord(object["spec"]) ? object["spec"] : {};
        return {
          ...object,
          spec: { ...spec, template: { ...(isRecord(spec["template"]) ? spec["template"] : {}), ...part } },
        };
      };
      const metadata = (annotations: Record<string, string>) => ({
        metadata: { labels: { app: "variables" }, annotations },
      });
      await replace((object) => inTemplate(object, metadata({ [SECRETS_ANNOTATION]: "docs=1" })));
      await assert.rejects(
        replace((object) => inTemplate(object, metadata({ other: "x" }))),
        /and nothing else of them/,
      );
      const image = { containers: [{ name: "main", image: "example.org/other:1" }] };
      await assert.rejects(
        replace((object) => inTemplate(object, { spec: image })),
        /and nothing else of them/,
      );
      await account.get({ ...SECRETS, name: "docs", namespace: DOCS });
      await assert.rejects(account.list(SECRETS, { namespace: DOCS }), /forbidden/);
      await assert.rejects(account.get({ ...SECRETS, name: "webhook", namespace: NAMESPACE }), /forbidden/);
    } finally {
      account.close();
    }
  });
});

/** Keys of docs that are drawn anew. */
const rotating = Object.entries(apps.docs.secrets.docs).flatMap(([key, way]) => ("rotatable" in way ? [key] : []));
const keptKeys = plannedWith("external-secrets").mutations.flatMap(nativeMutation).filter(isKubeObject);

const base64 = (value: string): string => Buffer.from(value, "utf8").toString("base64");
const helmValues = Object.fromEntries(Object.keys(apps.docs.secrets.docs).map((key) => [key, "by-helm"]));

/** The store with one value for everything that the ExternalSecret asks for. */
function storeWith(store: KubeObject, external: KubeObject, value: string): KubeObject {
  const data = at(external, "spec", "data");
  const entries: Record<string, Record<string, string>> = {};
  for (const item of Array.isArray(data) ? Array.from<unknown>(data) : []) {
    const key = String(at(item, "remoteRef", "key"));
    entries[key] = { ...entries[key], [String(at(item, "remoteRef", "property"))]: value };
  }
  return standInStore(store, entries);
}
