import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDocuments } from "../../cli/verify/documents";
import { suiteMutations, type MutationInput } from "../../components/admission/mutations";
import { edgeRoutes } from "../../components/operators/edge/routes";
import { appKeys, type AppKey } from "../../suite/apps";
import { label } from "../../lib/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { at, isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { projectRoot } from "../../embedded/toolchain";
import { needFile, needTools } from "../support/needs";

const corpus = join(projectRoot(), "..", "shared", "corpus", "mijnbureau");
const MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares";
const TRANSPORT = "traefik.ingress.kubernetes.io/service.serverstransport";
const ROUTER = "haproxy.router.openshift.io";

const traefik = (app: AppKey): string => `traefik-${app}`;
const router = (app: AppKey): string => `router-${app}`;
const present = { crds: new Set(["middlewares.traefik.io"]), apiServices: new Set<string>() };
const appsIn = (namespaceOf: (app: AppKey) => string) => appKeys.map((key) => ({ key, namespace: namespaceOf(key) }));

/** Both controllers in one cluster, each in namespaces of its own: the policies differ only in what they are told. */
const inputs: readonly MutationInput[] = (
  [
    ["traefik", traefik, {}],
    ["haproxy-openshift", router, { sourceRangesOf: { grist: ["192.0.2.0/24"] } }],
  ] as const
).map(([edgeController, namespaceOf, settings]) => ({
  apps: [],
  flows: [],
  facts: { appArmor: false, userRanges: false },
  edge: edgeRoutes({ edgeController, present, apps: appsIn(namespaceOf) }, settings),
}));

interface Rendered {
  readonly app: AppKey;
  readonly object: KubeObject;
}

/** The suite's objects of a kind, as its helmfile renders them: one file for each app. */
function rendered(environment: string, kind: string): Rendered[] {
  return loadDocuments([join(corpus, environment)]).documents.flatMap(({ file, object }) => {
    const app = appKeys.find((key) => `${key}.yaml` === file);
    return app === undefined || object.kind !== kind ? [] : [{ app, object }];
  });
}

const placed = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

const annotationsOf = (object: unknown): Readonly<Record<string, string>> => {
  const annotations = at(object, "metadata", "annotations");
  const entries = typeof annotations === "object" && annotations !== null ? Object.entries(annotations) : [];
  return Object.fromEntries(entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
};

const without = (annotations: Readonly<Record<string, string>>, key: string): object =>
  Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== key));

const ingress = (namespace: string, annotations: Record<string, string>): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "sample", namespace, annotations },
  spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
});

const httpRoute = (namespace: string, rules: readonly object[]): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "sample", namespace },
  spec: { parentRefs: [{ name: "mijnbureau-gateway" }], rules },
});

/** Kinds that this cluster has no implementation of: the policies see their fields, nothing more. */
const kinds = [
  { group: "gateway.networking.k8s.io", plural: "httproutes", kind: "HTTPRoute" },
  { group: "route.openshift.io", plural: "routes", kind: "Route" },
].map(({ group, plural, kind }): KubeObject => {
  const schema = {
    openAPIV3Schema: { type: "object", properties: { spec: { "x-kubernetes-preserve-unknown-fields": true } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, a stand-in for tests" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
});

const FILTER = {
  type: "ExtensionRef",
  extensionRef: { group: "traefik.io", kind: "Middleware", name: "platform-edge" },
};

describe("limits of the edge on routes", function () {
  this.timeout(300_000);
  let dir = "";
  let client: KubeClient;

  const dry = (object: KubeObject): Promise<KubeObject> => client.apply(object, { dryRun: true, force: true });

  const eventually = async (what: string, done: () => Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + 60_000;
    while (!(await done().catch(() => false))) {
      assert.ok(Date.now() < deadline, what);
      await sleep(300);
    }
  };

  before(async function () {
    this.timeout(5 * 60_000);
    dir = mkdtempSync(join(tmpdir(), "edge-"));
    const cluster = await clusterUp({ dir, binaries: await needTools(this, ...COMPONENTS) });
    client = KubeClient.fromKubeconfig(cluster.kubeconfig);
    for (const kind of kinds) await client.create(kind);
    for (const name of [...appKeys.map(traefik), ...appKeys.map(router), "elsewhere"]) {
      const metadata = { name, labels: { [label.role]: "suite" } };
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata });
    }
    const manifests = inputs.flatMap((input) => suiteMutations(input, "native"));
    for (const manifest of manifests.filter(({ metadata }) => metadata.name.includes("-edge-"))) {
      const object: unknown = manifest;
      assert.ok(isKubeObject(object));
      await client.create(object);
    }
    await eventually("the policies do not come into force", async () => {
      const [ours, theirs] = [await dry(ingress(traefik("docs"), {})), await dry(ingress(router("docs"), {}))];
      const route = await dry(httpRoute(traefik("docs"), [{}]));
      const service = await dry({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: traefik("docs") },
        spec: { ports: [{ port: 80 }] },
      });
      return (
        MIDDLEWARES in annotationsOf(ours) &&
        `${ROUTER}/timeout` in annotationsOf(theirs) &&
        at(route, "spec", "rules", 0, "filters") !== undefined &&
        TRANSPORT in annotationsOf(service)
      );
    });
  });

  after(async () => {
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  describe("of the suite as it is rendered", function () {
    before(function () {
      needFile(this, corpus);
    });

    for (const environment of ["production", "demo"]) {
      it(`has Traefik's chain on every Ingress of ${environment}, beside the chart's own, once`, async () => {
        const given = rendered(environment, "Ingress");
        assert.ok(given.length > 0);
        for (const { app, object } of given) {
          const namespace = traefik(app);
          const ours = `${namespace}-platform-edge@kubernetescrd`;
          const own = annotationsOf(object)[MIDDLEWARES] ?? "";
          const once = await dry(placed(object, namespace));
          assert.equal(annotationsOf(once)[MIDDLEWARES], own === "" ? ours : `${own},${ours}`);
          assert.deepEqual(without(annotationsOf(once), MIDDLEWARES), without(annotationsOf(object), MIDDLEWARES));
          const again = await dry(
            placed({ ...object, metadata: { ...object.metadata, ...{ annotations: annotationsOf(once) } } }, namespace),
          );
          assert.deepEqual(annotationsOf(again), annotationsOf(once));
        }
      });

      it(`has the limits of OpenShift's router on every Ingress of ${environment}`, async () => {
        const given = rendered(environment, "Ingress");
        for (const { app, object } of given) {
          const once = await dry(placed(object, router(app)));
          const found = annotationsOf(once);
          for (const [key, value] of Object.entries(annotationsOf(object))) assert.equal(found[key], value);
          for (const key of ["rate-limit-connections", "rate-limit-connections.rate-http", "timeout", "hsts_header"]) {
            assert.equal(typeof found[`${ROUTER}/${key}`], "string", `${app}: ${key}`);
          }
          assert.equal(found[`${ROUTER}/ip_allowlist`], app === "grist" ? "192.0.2.0/24" : undefined);
          assert.ok(!JSON.stringify(found).includes("platform-edge"));
        }
      });

      it(`waits for no Service of ${environment} without end`, async () => {
        const given = rendered(environment, "Service");
        assert.ok(given.length > 0);
        for (const { app, object } of given) {
          const found = annotationsOf(await dry(placed(object, traefik(app))));
          assert.equal(found[TRANSPORT], `${traefik(app)}-platform-edge@kubernetescrd`);
        }
      });
    }
  });

  it("put the chain last and once, however the annotation is written", async () => {
    const namespace = traefik("docs");
    const ours = `${namespace}-platform-edge@kubernetescrd`;
    for (const [given, expected] of [
      ["", ours],
      [" a@file , b@file,", `a@file,b@file,${ours}`],
      [`${ours},a@file,${ours}`, `a@file,${ours}`],
      [`a@file,${ours}`, `a@file,${ours}`],
    ] as const) {
      assert.equal(annotationsOf(await dry(ingress(namespace, { [MIDDLEWARES]: given })))[MIDDLEWARES], expected);
    }
  });

  it("cannot be taken off, nor raised, by who writes the route", async () => {
    const written = await client.apply(ingress(traefik("meet"), {}), { force: true });
    assert.ok(String(annotationsOf(written)[MIDDLEWARES]).includes("platform-edge"));
    const emptied = await client.apply(ingress(traefik("meet"), { [MIDDLEWARES]: "" }), { force: true });
    assert.ok(String(annotationsOf(emptied)[MIDDLEWARES]).includes("platform-edge"));
    const raised = await dry(
      ingress(router("meet"), {
        [`${ROUTER}/rate-limit-connections.rate-http`]: "1000000",
        [`${ROUTER}/timeout`]: "2h",
      }),
    );
    assert.equal(annotationsOf(raised)[`${ROUTER}/rate-limit-connections.rate-http`], "600");
    // How long its answers take is the app's to know.
    assert.equal(annotationsOf(raised)[`${ROUTER}/timeout`], "2h");
  });

  it("are a filter of every rule of an HTTPRoute, behind its own, once", async () => {
    const own = { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "a", value: "b" }] } };
    const given = httpRoute(traefik("docs"), [{ filters: [own] }, {}, { filters: [own, FILTER] }]);
    const once = await dry(given);
    const filters = [[own, FILTER], [FILTER], [own, FILTER]];
    assert.deepEqual(
      at(once, "spec", "rules"),
      filters.map((each) => ({ filters: each })),
    );
    const again = await dry({ ...given, spec: once["spec"] });
    assert.deepEqual(again["spec"], once["spec"]);
  });

  it("are on OpenShift's own Routes too", async () => {
    const route = await dry({
      apiVersion: "route.openshift.io/v1",
      kind: "Route",
      metadata: { name: "sample", namespace: router("docs") },
      spec: { to: { kind: "Service", name: "web" } },
    });
    assert.equal(annotationsOf(route)[`${ROUTER}/rate-limit-connections.concurrent-tcp`], "1000");
  });

  it("are not on routes of namespaces that have no objects to name", async () => {
    assert.deepEqual(annotationsOf(await dry(ingress("elsewhere", {}))), {});
    const route = httpRoute("elsewhere", [{}]);
    assert.deepEqual((await dry(route))["spec"], route["spec"]);
  });
});
