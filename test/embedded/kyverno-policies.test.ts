import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDocuments } from "../../cli/verify/documents";
import { tryPod } from "../../cli/verify/observe";
import { admissionSettings, baselineOf, suiteAdmission } from "../../components/admission/kyverno";
import { flows } from "../../suite/flows";
import { edgeRoutes } from "../../components/operators/edge/routes";
import { networkSettings } from "../../config/network";
import { appKeys } from "../../suite/apps";
import { label, podSecurityLabel } from "../../lib/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { at, isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { kyvernoDown, kyvernoUp } from "../../embedded/cluster/kyverno";
import { projectRoot } from "../../embedded/toolchain";
import { refusedInProduction } from "../refused-in-production";
import { needFile, needTools } from "../support/needs";

const corpus = join(projectRoot(), "..", "shared", "corpus");
const chart = join(corpus, "operators", "kyverno");
/** What the local process needs of the chart. */
const KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ConfigMap", "Service"];
const EXCEPTIONS = "platform-policy-exceptions";
const WORKLOADS = ["Deployment", "StatefulSet", "Job", "CronJob"];

const titleOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name ?? ""}`;

const settings = admissionSettings.parse({
  engine: "kyverno",
  imageSignatures: [
    {
      name: "own",
      images: ["registry.example.org/*"],
      key: "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGfFYbvG9JpwPtGmv6QzpwC5yGVwo\n8PZ0Xkj6HgZtWzVBx/IQmQLCGrPeeWqEO5gKAyxNOTGNyINsvaFn3nJf1A==\n-----END PUBLIC KEY-----\n",
    },
  ],
});

const admission = suiteAdmission({
  settings,
  admissionResources: [],
  apps: appKeys.map((app) => ({ app, namespace: `mijnbureau-${app}` })),
  flows,
  facts: { appArmor: false, userRanges: false },
  baseline: baselineOf({
    settings: networkSettings.parse({
      podCidrs: ["10.244.0.0/16"],
      serviceCidrs: ["10.96.0.0/12"],
      controlPlaneCidrs: ["192.0.2.1/32"],
    }),
    monitoringNamespace: "monitoring",
  }),
  kyverno: true,
  edge: edgeRoutes(
    {
      edgeController: "traefik",
      present: { crds: new Set(["middlewares.traefik.io"]), apiServices: new Set() },
      apps: appKeys.map((key) => ({ key, namespace: `mijnbureau-${key}` })),
    },
    {},
  ),
});

describe("policies by Kyverno's own admission controller", function () {
  this.timeout(300_000);
  let dir = "";
  let client: KubeClient;

  const documents = (path: string): KubeObject[] => loadDocuments([path]).documents.map(({ object }) => object);

  const eventually = async (what: string, done: () => Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + 90_000;
    while (!(await done())) {
      assert.ok(Date.now() < deadline, what);
      await sleep(500);
    }
  };

  const exception = (spec: Record<string, unknown>): KubeObject => ({
    apiVersion: "policies.kyverno.io/v1",
    kind: "PolicyException",
    metadata: { name: "sample", namespace: EXCEPTIONS },
    spec: {
      policyRefs: [{ kind: "ImageValidatingPolicy", name: "mijnbureau-platform-image-signatures-own" }],
      properties: { reason: "the registry is being moved", owner: "platform" },
      ...spec,
    },
  });
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  before(async function () {
    this.timeout(5 * 60_000);
    needFile(this, corpus);
    dir = mkdtempSync(join(tmpdir(), "kyverno-policies-"));
    const { kyverno, ...binaries } = await needTools(this, ...COMPONENTS, "kyverno");
    const cluster = await clusterUp({ dir, binaries });
    client = KubeClient.fromKubeconfig(cluster.kubeconfig);
    const restricted = { [podSecurityLabel.enforce]: "restricted", [podSecurityLabel.enforceVersion]: "v1.33" };
    for (const name of ["kyverno", EXCEPTIONS]) {
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    for (const app of appKeys) {
      const labels = { ...restricted, [label.role]: "suite", [label.managed]: "true" };
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: `mijnbureau-${app}`, labels } });
    }
    for (const crd of documents(join(chart, "crds.yaml"))) await client.apply(crd, { force: true });
    const installed = documents(join(chart, "hardened.yaml"));
    for (const object of installed.filter(({ kind }) => KINDS.includes(kind))) await client.apply(object);
    for (const object of installed.filter(({ kind }) => kind === "Deployment")) await client.apply(object);
    await kyvernoUp({
      dir,
      binary: () => Promise.resolve(kyverno),
    });
  });

  after(async () => {
    if (dir === "") return;
    await kyvernoDown(dir);
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  it("takes every policy, and finds nothing wrong with it", async () => {
    const manifests: readonly unknown[] = admission.kyverno;
    const objects = manifests.filter(isKubeObject);
    assert.equal(objects.length, manifests.length);
    for (const object of objects) await client.apply(object, { force: true });
    const policies = objects.filter(({ kind }) => kind.endsWith("Policy") && kind !== "DeletingPolicy");
    assert.deepEqual(policies.map(titleOf).sort(), [
      "GeneratingPolicy/mijnbureau-platform-guardrails",
      "ImageValidatingPolicy/mijnbureau-platform-image-signatures-own",
      "MutatingPolicy/mijnbureau-platform-default-service-account",
      "MutatingPolicy/mijnbureau-platform-edge-http-routes",
      "MutatingPolicy/mijnbureau-platform-edge-ingresses",
      "MutatingPolicy/mijnbureau-platform-edge-services",
      "MutatingPolicy/mijnbureau-platform-image-pull-policy",
      "MutatingPolicy/mijnbureau-platform-network-policies",
      "MutatingPolicy/mijnbureau-platform-redirects-podmonitors",
      "MutatingPolicy/mijnbureau-platform-redirects-servicemonitors",
      "MutatingPolicy/mijnbureau-platform-security-context",
      "MutatingPolicy/mijnbureau-platform-security-context-debug",
      "MutatingPolicy/mijnbureau-platform-service-account-token",
      "ValidatingPolicy/mijnbureau-platform-exceptions-expire",
    ]);
    let unready: string[] = [];
    try {
      await eventually("not ready", async () => {
        unready = [];
        for (const { apiVersion, kind, metadata } of policies) {
          const found = await client.get({ apiVersion, kind, name: metadata.name ?? "" });
          const status = at(found, "status", "conditionStatus");
          if (at(status, "ready") !== true) unready.push(`${kind} ${metadata.name ?? ""}: ${JSON.stringify(status)}`);
        }
        return unready.length === 0;
      });
    } catch {
      assert.deepEqual(unready, []);
    }
  });

  it("makes all of production's workloads run under enforced restricted", async () => {
    const given = documents(join(corpus, "mijnbureau", "production"));
    for (const { kind, apiVersion, metadata } of given) {
      if (kind !== "ServiceAccount") continue;
      const { name = "", namespace = "" } = metadata;
      await client.apply({ apiVersion, kind, metadata: { name, namespace } }, { force: true });
    }
    const workloads = given.filter(({ kind }) => WORKLOADS.includes(kind));
    const templates = ["template", "jobTemplate"];
    const withPods = given.filter(({ spec }) => templates.some((field) => at(spec, field) !== undefined));
    assert.deepEqual(workloads.map(titleOf), withPods.map(titleOf));
    const alone = refusedInProduction.map((path) => path.slice(path.indexOf("/") + 1));
    assert.deepEqual(
      alone.filter((title) => !workloads.map(titleOf).includes(title)),
      [],
      "those that are refused without the mutations are not among them",
    );
    let refused: string[] = [];
    await eventually(`refused: ${refused.join("; ")}`, async () => {
      const outcomes = await Promise.all(workloads.map((object) => tryPod(object, client)));
      refused = outcomes.flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : []));
      return refused.length === 0;
    });
  });

  it("takes the rules out of the suite's network policies", async () => {
    const policy: KubeObject = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "open", namespace: "mijnbureau-docs" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
    };
    await eventually("the policy keeps its rules", async () => {
      const { spec } = await client.create(policy, { dryRun: true });
      return at(spec, "ingress") === undefined && at(spec, "egress") === undefined;
    });
  });

  it("puts the limits of the edge on every Ingress of production", async () => {
    const key = "traefik.ingress.kubernetes.io/router.middlewares";
    const given = documents(join(corpus, "mijnbureau", "production")).filter(({ kind }) => kind === "Ingress");
    assert.ok(given.length > 0);
    for (const { apiVersion, kind, metadata, ...rest } of given) {
      const { name = "", namespace = "", annotations = {} } = metadata;
      const ingress: KubeObject = { apiVersion, kind, metadata: { name, namespace, annotations }, ...rest };
      const expected = [annotations[key], `${namespace}-platform-edge@kubernetescrd`].filter((part) => part).join(",");
      await eventually(`${namespace}/${name}: no limits`, async () => {
        const { metadata: made } = await client.create(ingress, { dryRun: true });
        return made.annotations?.[key] === expected;
      });
    }
  });

  it("lets exceptions in that expire within a year, with a reason and an owner", async () => {
    await eventually("an exception without an end is let in", async () => {
      try {
        await client.create(exception({}), { dryRun: true });
        return false;
      } catch (error) {
        return /expiresAt is missing/.test(String(error));
      }
    });
    await assert.rejects(client.create(exception({ expiresAt: inDays(-1) }), { dryRun: true }), /has passed/);
    await assert.rejects(client.create(exception({ expiresAt: inDays(400) }), { dryRun: true }), /more than 366 days/);
    const anonymous = exception({ expiresAt: inDays(30), properties: { reason: "none of your business" } });
    await assert.rejects(client.create(anonymous, { dryRun: true }), /reason and owner/);
    await client.create(exception({ expiresAt: inDays(30) }), { dryRun: true });
  });
});
