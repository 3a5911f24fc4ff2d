import { readdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDocuments } from "../../cli/verify/documents";
import { tryPod } from "../../cli/verify/observe";
import { suiteMutations, type MutationInput } from "../../components/admission/mutations";
import { flows } from "../../suite/flows";
import { appKeys, type AppKey } from "../../suite/apps";
import { label, podSecurityLabel } from "../../lib/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { ApiError, at, isKubeObject, isRecord, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { projectRoot } from "../../embedded/toolchain";
import { refusedInProduction } from "../refused-in-production";
import { needFile, needTools } from "../support/needs";

const corpus = join(projectRoot(), "..", "shared", "corpus", "mijnbureau");

interface Rendered {
  readonly app: AppKey;
  readonly object: KubeObject;
}

const WORKLOADS = ["Deployment", "StatefulSet", "Job", "CronJob"];

/** The suite as its helmfile renders it: one file for each app. */
function documents(environment: string): Rendered[] {
  const { documents: all, problems } = loadDocuments([join(corpus, environment)]);
  assert.deepEqual(problems, []);
  return all.flatMap(({ file, object }) => {
    const app = appKeys.find((key) => `${key}.yaml` === file);
    return app === undefined ? [] : [{ app, object }];
  });
}

const workloads = (environment: string): Rendered[] =>
  documents(environment).filter(({ object }) => WORKLOADS.includes(object.kind));

/** Each file of the suite that holds workloads gives some: OpenProject's chart for backups alone has none. */
function assertEveryApp(environment: string, given: readonly Rendered[]): void {
  const holdsWorkloads = (file: string): boolean =>
    new RegExp(`^kind: (${WORKLOADS.join("|")})$`, "m").test(readFileSync(join(corpus, environment, file), "utf8"));
  const rendered = readdirSync(join(corpus, environment))
    .filter(holdsWorkloads)
    .map((file) => file.replace(/\.yaml$/, ""));
  assert.deepEqual([...new Set(given.map(({ app }) => app))].sort(), rendered.sort());
}

/** Some Jobs carry the time of rendering in their name. */
const nameOf = ({ app, object }: Rendered): string =>
  `${app}/${object.kind}/${(object.metadata.name ?? "").replace(/-\d{10}$/, "")}`;

const placed = ({ object }: Rendered, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

const named = (app: AppKey): string => `mutated-${app}`;
const plain = (app: AppKey): string => `plain-${app}`;

const input: MutationInput = {
  apps: appKeys.map((app) => ({
    app,
    namespace: named(app),
    ...(app === "conversations" ? { runtimeClass: "sandbox" } : {}),
  })),
  flows,
  facts: { appArmor: false, userRanges: false },
};

const refusedInDemo = [
  "collabora/Deployment/collabora-online",
  "element/Deployment/element-web",
  "element/Job/synapse-keygen",
  "meet/Deployment/meet-frontend",
  "ollama/Deployment/ollama",
];

const bare: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "bare" },
  spec: { containers: [{ name: "main", image: "example.org/app:1" }] },
};

const networkPolicy = (labels: Record<string, string>): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "sample", namespace: named("docs"), labels },
  spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] },
});

describe("mutations by the API server", function () {
  this.timeout(300_000);
  let dir = "";
  let client: KubeClient;

  const submit = async (pod: KubeObject, namespace: string, dryRun = true): Promise<KubeObject> =>
    client.create({ ...pod, metadata: { ...pod.metadata, namespace } }, { dryRun });

  const refusedOf = async (given: readonly Rendered[], namespaceOf: (app: AppKey) => string): Promise<string[]> => {
    const refused: string[] = [];
    for (const workload of given) {
      const outcome = await tryPod(placed(workload, namespaceOf(workload.app)), client);
      if ("pod" in outcome) continue;
      assert.match(outcome.refused, /violates PodSecurity "restricted:v1.33"/, nameOf(workload));
      refused.push(nameOf(workload));
    }
    return refused.sort();
  };

  /** The API server reads new policies with a delay. */
  const inForce = async (): Promise<boolean> => {
    try {
      const pod = await submit(bare, named("conversations"));
      const policy = await client.create(networkPolicy({}), { dryRun: true });
      return at(pod, "spec", "runtimeClassName") === "sandbox" && at(policy, "spec", "ingress") === undefined;
    } catch {
      return false;
    }
  };

  before(async function () {
    this.timeout(5 * 60_000);
    dir = mkdtempSync(join(tmpdir(), "mutations-"));
    const cluster = await clusterUp({ dir, binaries: await needTools(this, ...COMPONENTS) });
    client = KubeClient.fromKubeconfig(cluster.kubeconfig);
    const restricted = { [podSecurityLabel.enforce]: "restricted", [podSecurityLabel.enforceVersion]: "v1.33" };
    await client.create({
      apiVersion: "node.k8s.io/v1",
      kind: "RuntimeClass",
      metadata: { name: "sandbox" },
      ...{ handler: "sandbox", overhead: { podFixed: { memory: "64Mi" } } },
    });
    for (const app of appKeys) {
      const suite = { ...restricted, [label.role]: "suite" };
      for (const [name, labels] of [[named(app), suite] as const, [plain(app), restricted] as const]) {
        await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
      }
    }
    for (const manifest of suiteMutations(input, "native")) {
      const object: unknown = manifest;
      assert.ok(isKubeObject(object));
      await client.create(object);
    }
    const deadline = Date.now() + 60_000;
    while (!(await inForce())) {
      assert.ok(Date.now() < deadline, "the policies do not come into force");
      await sleep(300);
    }
  });

  after(async () => {
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  describe("on the suite's rendered workloads", function () {
    before(async function () {
      needFile(this, corpus);
      const accounts = new Set<string>();
      for (const { app, object } of [...documents("production"), ...documents("demo")]) {
        if (object.kind !== "ServiceAccount") continue;
        for (const namespace of [named(app), plain(app)]) {
          const { name = "" } = object.metadata;
          if (accounts.has(`${namespace}/${name}`)) continue;
          accounts.add(`${namespace}/${name}`);
          await client.apply({ ...object, metadata: { name, namespace } }, { force: true });
        }
      }
    });

    it("admits all of production under enforced restricted, and refuses exactly nine without", async () => {
      const given = workloads("production");
      assertEveryApp("production", given);
      assert.deepEqual(await refusedOf(given, plain), refusedInProduction);
      assert.deepEqual(await refusedOf(given, named), []);
    });

    it("admits all of demo", async () => {
      const given = workloads("demo");
      assertEveryApp("demo", given);
      assert.deepEqual(await refusedOf(given, plain), refusedInDemo);
      assert.deepEqual(await refusedOf(given, named), []);
    });

    it("leaves a token to the pods that call the API server, and to those whose chart insists", async () => {
      const holding: string[] = [];
      for (const workload of [...workloads("production"), ...workloads("demo")]) {
        const outcome = await tryPod(placed(workload, named(workload.app)), client);
        if (JSON.stringify(outcome).includes("kube-api-access-")) holding.push(nameOf(workload));
      }
      assert.deepEqual([...new Set(holding)].sort(), [
        "element/Job/synapse-keygen",
        "keycloak/Job/keycloak-keycloak-keycloak-config-cli",
        "keycloak/StatefulSet/keycloak-keycloak",
        "livekit/CronJob/livekit-server",
        "livekit/Job/livekit-server-job",
      ]);
    });

    it("leaves the suite's network policies without a rule", async () => {
      let rules = 0;
      for (const rendered of documents("production")) {
        if (rendered.object.kind !== "NetworkPolicy") continue;
        const given = isRecord(rendered.object["spec"]) ? rendered.object["spec"] : {};
        const applied = await client.apply(placed(rendered, named(rendered.app)), { dryRun: true, force: true });
        const spec = applied["spec"];
        assert.ok(isRecord(spec));
        assert.equal(spec["ingress"], undefined);
        assert.equal(spec["egress"], undefined);
        assert.deepEqual(spec["policyTypes"], given["policyTypes"]);
        assert.deepEqual(spec["podSelector"], given["podSelector"]);
        rules += Number("ingress" in given) + Number("egress" in given);
      }
      assert.ok(rules > 30);
    });
  });

  it("adds nothing to namespaces that are not the suite's", async () => {
    await assert.rejects(submit(bare, plain("docs")), /violates PodSecurity/);
  });

  it("keeps what a chart says, bad values included", async () => {
    const given = {
      seccompProfile: { type: "Localhost", localhostProfile: "own.json" },
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
      runAsUser: 4000,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
    };
    const container = { name: "main", image: "example.org/app:1", securityContext: given };
    const pod = await submit({ ...bare, spec: { containers: [container] } }, named("docs"));
    assert.deepEqual(at(pod, "spec", "containers", 0, "securityContext"), given);
    const bad = { ...container, securityContext: { allowPrivilegeEscalation: true } };
    await assert.rejects(
      submit({ ...bare, spec: { containers: [bad] } }, named("docs")),
      /allowPrivilegeEscalation != false/,
    );
  });

  it("takes what the pod says for its containers", async () => {
    const securityContext = { runAsNonRoot: true, runAsUser: 26, seccompProfile: { type: "RuntimeDefault" } };
    const spec = { securityContext, containers: [{ name: "main", image: "example.org/app:1" }] };
    const pod = await submit({ ...bare, spec }, named("docs"));
    assert.deepEqual(at(pod, "spec", "containers", 0, "securityContext"), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("repairs containers of kubectl debug, and only those that are new", async () => {
    const place = { apiVersion: "v1", kind: "Pod", name: "debugged", namespace: named("docs") };
    await submit({ ...bare, metadata: { name: place.name } }, place.namespace, false);
    const path = `/api/v1/namespaces/${place.namespace}/pods/${place.name}/ephemeralcontainers`;
    const debug = async (...names: readonly string[]): Promise<unknown> => {
      const current = await client.get(place);
      const ephemeralContainers = names.map(
        (name, index) => at(current, "spec", "ephemeralContainers", index) ?? { name, image: "example.org/debug:1" },
      );
      const spec = { ...(isRecord(current["spec"]) ? current["spec"] : {}), ephemeralContainers };
      try {
        return await client.request("PUT", path, { body: { ...current, spec } });
      } catch (error) {
        // The scheduler or the kubelet has written its status in between.
        if (error instanceof ApiError && error.reason === "Conflict") return debug(...names);
        throw error;
      }
    };
    const context = (pod: unknown, index: number): unknown =>
      at(pod, "spec", "ephemeralContainers", index, "securityContext", "runAsUser");
    assert.equal(context(await debug("first"), 0), 1001);
    assert.equal(context(await debug("first", "second"), 1), 1001);
  });

  it("puts pods in the sandbox of their app, with its overhead", async () => {
    const pod = await submit(bare, named("conversations"));
    assert.equal(at(pod, "spec", "runtimeClassName"), "sandbox");
    assert.deepEqual(at(pod, "spec", "overhead"), { memory: "64Mi" });
    assert.equal(at(await submit(bare, named("docs")), "spec", "runtimeClassName"), undefined);
  });

  it("asks for images at each start", async () => {
    const pod = await submit(bare, named("docs"));
    assert.equal(at(pod, "spec", "containers", 0, "imagePullPolicy"), "Always");
  });

  it("leaves the platform's network policies alone", async () => {
    const ours = await client.create(networkPolicy({ [label.managed]: "true" }), { dryRun: true });
    assert.deepEqual(ours["spec"], networkPolicy({})["spec"]);
    const theirs = await client.create(networkPolicy({}), { dryRun: true });
    assert.deepEqual(theirs["spec"], { podSelector: {}, policyTypes: ["Ingress"] });
  });
});
