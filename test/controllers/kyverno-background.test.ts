import assert from "node:assert/strict";
import { admissionSettings, baselineOf, suiteAdmission } from "../../components/admission/kyverno";
import { guardManifests } from "../../components/admission/guards";
import { GENERATED_PREFIX } from "../../components/admission/kyverno/guardrails";
import { nativeResources } from "../../components/admission/mutations/compile";
import type { Manifest } from "../../components/kubernetes-object";
import { suiteLimits } from "../../components/namespace/limits";
import { flows } from "../../suite/flows";
import { networkPolicies } from "../../components/network/policies";
import { networkSettings } from "../../config/network";
import { POLICY_EXCEPTION_NAMESPACE } from "../../components/operators/kyverno";
import { apps } from "../../suite/apps";
import { label, podSecurityLabel } from "../../lib/labels";
import type { KubeClient } from "../../lib/kube/client";
import { at, isKubeObject, isRecord, type KindRef, type KubeObject } from "../../lib/kube/client";
import { sleep } from "../../embedded/cluster/files";
import { logTail } from "../../embedded/cluster/processes";
import { LocalKyverno } from "./kyverno";
import { chart, eventually, guardFacts, namespaceOf, Sandbox, toolsOrSkip } from "./support";
import { needCharts } from "../support/needs";

const POLICIES: KindRef = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
const QUOTAS: KindRef = { apiVersion: "v1", kind: "ResourceQuota" };
const LIMITS: KindRef = { apiVersion: "v1", kind: "LimitRange" };
const GUARDRAILS = [POLICIES, QUOTAS, LIMITS];
/** What a namespace could be given besides, and must not be. */
const OTHERS = ["Secret", "ConfigMap", "ServiceAccount", "Service"].map((kind) => ({ apiVersion: "v1", kind }));
const EXCEPTIONS: KindRef = { apiVersion: "policies.kyverno.io/v1beta1", kind: "PolicyException" };
/** Kyverno's parser knows seconds, as the first of seven fields (github.com/aptible/supercronic, cronexpr). */
const EVERY_TEN_SECONDS = "*/10 * * * * * *";
const GENERATING: KindRef = { apiVersion: "policies.kyverno.io/v1", kind: "GeneratingPolicy" };
const BY_KUBERNETES = ["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"];

const REFERENCE = "mijnbureau-docs";
const cidrs = {
  podCidrs: ["10.244.0.0/16"],
  serviceCidrs: ["10.96.0.0/12"],
  controlPlaneCidrs: ["192.0.2.1/32"],
};
const network = { settings: networkSettings.parse(cidrs), monitoringNamespace: "monitoring" };
const otherDns = { ...network, settings: networkSettings.parse({ ...cidrs, dns: { ports: [5353] } }) };

const generated = (name: string): string => `${GENERATED_PREFIX}${name}`;
const DEFAULT_DENY = generated("default-deny");
const ALLOW_DNS = generated("default-allow-dns");
const QUOTA = generated("platform");
const PRIORITY_QUOTA = generated("platform-priority");
const AFFINITY_QUOTA = generated("platform-affinity");

const input = {
  settings: admissionSettings.parse({}),
  admissionResources: nativeResources,
  apps: [{ app: "docs", namespace: REFERENCE }],
  flows,
  facts: { appArmor: false, userRanges: false },
  baseline: baselineOf(network),
  kyverno: true,
} as const;
const admission = suiteAdmission(input);

const identity = { level: "restricted", backupTier: "none", holdsData: false } as const;

/** What the program makes in a namespace of an app without flows. */
const programs = (namespace: string): readonly Manifest[] => [
  ...networkPolicies([], { ...network, apps: { docs: namespace }, operatorNamespaces: [] }).filter(
    ({ metadata }) => metadata.namespace === namespace,
  ),
  ...suiteLimits(namespace, apps.docs.size),
];

describe("Kyverno's own background and clean-up controllers", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let kyverno: LocalKyverno;
  let binary: (name: "kyverno-background-controller" | "kyverno-cleanup-controller") => string;

  const namespace = async (name: string, labels: Record<string, string>): Promise<void> => {
    const podSecurity = { [podSecurityLabel.enforce]: "restricted", [podSecurityLabel.enforceVersion]: "v1.33" };
    await client.create({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { ...podSecurity, ...labels } },
    });
  };
  const suite = { [label.role]: "suite" };

  const names = async (kinds: readonly KindRef[], namespaceName: string): Promise<string[]> => {
    const found = await Promise.all(kinds.map((kind) => client.list(kind, { namespace: namespaceName })));
    return found
      .flat()
      .map(({ kind, metadata }) => `${kind}/${metadata.name ?? ""}`)
      .sort();
  };
  const expected = [
    `LimitRange/${QUOTA}`,
    `NetworkPolicy/${ALLOW_DNS}`,
    `NetworkPolicy/${DEFAULT_DENY}`,
    `ResourceQuota/${QUOTA}`,
    `ResourceQuota/${AFFINITY_QUOTA}`,
    `ResourceQuota/${PRIORITY_QUOTA}`,
  ];
  const log = (): string => logTail(sandbox.log("kyverno-background-controller"), 8);
  const guarded = (name: string, seconds = 30): Promise<true> =>
    eventually(
      `guardrails in ${name}; ${log()}`,
      async () => ((await names(GUARDRAILS, name)).length >= expected.length ? true : undefined),
      seconds,
    );
  const spec = async (kind: KindRef, name: string, namespaceName: string): Promise<Record<string, unknown>> => {
    const found = await client.find({ ...kind, name, namespace: namespaceName });
    return isRecord(found?.["spec"]) ? found["spec"] : {};
  };

  before(async function () {
    this.timeout(300_000);
    const tools = await toolsOrSkip(
      this,
      "kyverno",
      "kyverno-background-controller",
      "kyverno-cleanup-controller",
      "helm",
    );
    const fromChart = chart("kyverno");
    needCharts(this, [fromChart.name]);
    binary = tools.path;
    sandbox = await Sandbox.up(this, "kyverno-background");
    ({ client } = sandbox);
    kyverno = await LocalKyverno.install(sandbox, tools.path("helm"));
    await sandbox.apply([namespaceOf(REFERENCE, "suite", identity)]);
    await sandbox.apply(programs(REFERENCE));
    await namespace("before", suite);
    await sandbox.apply([...guardManifests(guardFacts), ...admission.native]);
    await kyverno.startAdmission(tools.path("kyverno"));
    await sandbox.apply(admission.kyverno);
    const policies = admission.kyverno.filter(isKubeObject);
    await kyverno.ready(policies.filter(({ kind }) => kind.endsWith("Policy") && kind !== "DeletingPolicy"));
    await kyverno.start("background-controller", binary("kyverno-background-controller"));
  });

  after(async () => {
    await kyverno?.down();
    await sandbox?.down();
  });

  it("gives a namespace that was there before the policy its guardrails", async () => {
    await guarded("before", 60);
    assert.deepEqual(await names(GUARDRAILS, "before"), expected);
  });

  it("gives a new namespace of the suite what the platform's own have, and nothing else", async () => {
    await namespace("new", suite);
    await guarded("new");
    const reference = await names(GUARDRAILS, REFERENCE);
    assert.deepEqual(
      await names(GUARDRAILS, "new"),
      reference.map((each) => each.replace("/", `/${GENERATED_PREFIX}`)),
    );
    assert.deepEqual(await names(OTHERS, "new"), BY_KUBERNETES);
    for (const name of ["default-deny", "default-allow-dns"]) {
      assert.deepEqual(await spec(POLICIES, generated(name), "new"), await spec(POLICIES, name, REFERENCE));
    }
    assert.deepEqual(await spec(QUOTAS, PRIORITY_QUOTA, "new"), await spec(QUOTAS, "platform-priority", REFERENCE));
    const hard = (value: unknown): string[] => Object.keys(isRecord(value) ? value : {}).sort();
    const quota = at(await spec(QUOTAS, QUOTA, "new"), "hard");
    assert.deepEqual(hard(quota), hard(at(await spec(QUOTAS, "platform", REFERENCE), "hard")));
  });

  it("leaves namespaces alone that are not the suite's, or are the program's own", async () => {
    await namespace("unlabelled", {});
    await namespace("operators", { [label.role]: "operator" });
    await namespace("programs", { ...suite, [label.managed]: "true" });
    // One that is taken up after them shows that they were looked at.
    await namespace("later", suite);
    await guarded("later");
    for (const name of ["unlabelled", "operators", "programs"])
      assert.deepEqual(await names(GUARDRAILS, name), [], name);
  });

  it("takes up a namespace that becomes the suite's", async () => {
    await client.patch({ apiVersion: "v1", kind: "Namespace", name: "unlabelled" }, { metadata: { labels: suite } });
    await guarded("unlabelled");
    assert.deepEqual(await names(GUARDRAILS, "unlabelled"), expected);
  });

  it("holds from the start: the quota, and the one on priority", async () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "open", namespace: "new" } };
    const spec = { type: "LoadBalancer", ports: [{ port: 80 }] };
    await assert.rejects(
      client.create({ ...service, spec }, { dryRun: true }),
      new RegExp(`exceeded quota: ${QUOTA},`),
    );
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "first", namespace: "new" },
      spec: {
        priorityClassName: "system-cluster-critical",
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: [{ name: "main", image: "example.org/image:1", securityContext }],
      },
    };
    await assert.rejects(client.create(pod, { dryRun: true }), new RegExp(`exceeded quota: ${PRIORITY_QUOTA},`));
    await client.create({ ...pod, spec: { ...pod.spec, priorityClassName: undefined } }, { dryRun: true });
  });

  it("restores what is deleted, as often as it is", async () => {
    for (const round of [1, 2]) {
      for (const kind of GUARDRAILS) {
        for (const { metadata } of await client.list(kind, { namespace: "new" })) {
          await client.delete({ ...kind, name: metadata.name ?? "", namespace: "new" });
        }
      }
      await guarded("new");
      assert.deepEqual(await names(GUARDRAILS, "new"), expected, String(round));
    }
    assert.deepEqual(await spec(POLICIES, ALLOW_DNS, "new"), await spec(POLICIES, "default-allow-dns", REFERENCE));
  });

  it("undoes changes, also of the labels by which it knows them", async () => {
    const ref = { ...POLICIES, name: DEFAULT_DENY, namespace: "new" };
    const original = await client.get(ref);
    const undone = (what: string): Promise<true> =>
      eventually(
        `${what}; ${log()}`,
        async () => {
          const { spec, metadata } = await client.get(ref);
          try {
            assert.deepEqual([spec, metadata.labels], [original["spec"], original.metadata.labels]);
            return true;
          } catch {
            return undefined;
          }
        },
        20,
      );
    await client.patch(ref, { spec: { ingress: [{}], egress: [{}] } });
    await undone("rules");
    await client.patch(ref, {
      metadata: {
        labels: {
          [label.managed]: null,
          "app.kubernetes.io/managed-by": null,
          "generate.kyverno.io/policy-name": null,
        },
      },
    });
    await undone("labels");
  });

  it("restores after a restart what was deleted meanwhile", async () => {
    await kyverno.stop("background-controller");
    await client.delete({ ...POLICIES, name: DEFAULT_DENY, namespace: "new" });
    await client.delete({ ...QUOTAS, name: QUOTA, namespace: "later" });
    await kyverno.start("background-controller", binary("kyverno-background-controller"));
    await guarded("new", 60);
    await guarded("later");
    await sleep(3000);
    await client.delete({ ...POLICIES, name: DEFAULT_DENY, namespace: "new" });
    await guarded("new", 60);
  });

  it("undoes at its next scan what was changed while it was stopped", async () => {
    const ref = { ...POLICIES, name: DEFAULT_DENY, namespace: "new" };
    await kyverno.stop("background-controller");
    await client.patch(ref, { spec: { ingress: [{}], egress: [{}] } });
    // Each hour by itself. Not always at once: when it starts it takes what it finds for what it has generated, and
    // its own correction of that for a change to undo (v1.19.1, pkg/policy/gpol.go, createURForGeneratingPolicy).
    const env = { BACKGROUND_SCAN_INTERVAL: "10s" };
    await kyverno.start("background-controller", binary("kyverno-background-controller"), env);
    await eventually(
      `changed meanwhile; ${log()}`,
      async () => (at(await client.get(ref), "spec", "ingress") === undefined ? true : undefined),
      40,
    );
    await kyverno.stop("background-controller");
    await kyverno.start("background-controller", binary("kyverno-background-controller"));
    await guarded("new");
  });

  it("follows the policy, there and back", async () => {
    const changed = suiteAdmission({ ...input, baseline: baselineOf(otherDns) });
    for (const [from, has] of [
      [changed, true],
      [admission, false],
    ] as const) {
      await sandbox.apply(from.kyverno.filter(({ kind }) => kind === "GeneratingPolicy"));
      // After its start Kyverno removes only what it has seen to since: what comes next needs "later" to be among it.
      for (const name of ["new", "before", "later"])
        await eventually(
          `dns of ${name}; ${log()}`,
          async () => {
            const { spec } = await client.get({ ...POLICIES, name: ALLOW_DNS, namespace: name });
            return JSON.stringify(spec).includes("5353") === has ? true : undefined;
          },
          30,
        );
    }
  });

  it("leaves the program's own in place when the program takes a namespace over", async () => {
    const own = programs("later");
    await sandbox.apply([namespaceOf("later", "suite", identity), ...own]);
    const generatedOnes = async (): Promise<string[]> =>
      (await names(GUARDRAILS, "later")).filter((each) => each.includes(`/${GENERATED_PREFIX}`));
    await eventually(
      `generated ones of later gone; ${log()}`,
      async () => ((await generatedOnes()).length === 0 ? true : undefined),
      60,
    );
    await sleep(3_000);
    const left = await names(GUARDRAILS, "later");
    assert.deepEqual(left, own.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort());
  });

  it("goes with its namespace", async () => {
    await client.delete({ apiVersion: "v1", kind: "Namespace", name: "unlabelled" });
    await eventually(
      "gone",
      async () =>
        (await client.find({ apiVersion: "v1", kind: "Namespace", name: "unlabelled" })) === undefined
          ? true
          : undefined,
      40,
    );
  });

  it("leaves what it generated where the policy goes, and knows it again", async () => {
    const [policy] = admission.kyverno.filter(({ kind }) => kind === "GeneratingPolicy");
    const ref = { ...GENERATING, name: policy?.metadata.name ?? "" };
    await client.delete(ref);
    await sleep(5_000);
    assert.deepEqual(await names(GUARDRAILS, "new"), expected);
    await sandbox.apply([policy]);
    await sleep(3_000);
    await client.delete({ ...POLICIES, name: DEFAULT_DENY, namespace: "new" });
    await guarded("new");
  });

  const exception = (name: string, rest: Record<string, unknown>): KubeObject => ({
    ...EXCEPTIONS,
    metadata: { name, namespace: POLICY_EXCEPTION_NAMESPACE },
    spec: { policyRefs: [{ name: "some-policy", kind: "ValidatingPolicy" }], ...rest },
  });
  const inSeconds = (seconds: number): string =>
    new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  const properties = { reason: "a test", owner: "platform-team" };
  const DAY = 86_400;

  it("lets exceptions in only with a last day within a year, a reason and an owner", async () => {
    const refused = async (rest: Record<string, unknown>, why: RegExp): Promise<void> => {
      await assert.rejects(client.create(exception("bad", rest), { dryRun: true }), why);
    };
    await refused({ properties }, /spec\.expiresAt is missing/);
    await refused({ properties, expiresAt: inSeconds(-DAY) }, /has passed/);
    await refused({ properties, expiresAt: inSeconds(400 * DAY) }, /more than 366 days ahead/);
    await refused({ properties: { owner: "me" }, expiresAt: inSeconds(DAY) }, /needs reason and owner/);
    await client.create(exception("good", { properties, expiresAt: inSeconds(DAY) }), { dryRun: true });
  });

  it("removes exceptions after their last day, and no others", async () => {
    await kyverno.start("cleanup-controller", binary("kyverno-cleanup-controller"));
    const [policy] = admission.kyverno.filter(({ kind }) => kind === "DeletingPolicy");
    assert.ok(isKubeObject(policy) && isRecord(policy["spec"]));
    await client.create(exception("soon", { properties, expiresAt: inSeconds(8) }));
    await client.create(exception("coming", { properties, expiresAt: inSeconds(DAY) }));
    // Its own schedule is once an hour.
    await sandbox.apply([{ ...policy, spec: { ...policy["spec"], schedule: EVERY_TEN_SECONDS } }]);
    const left = async (): Promise<string[]> =>
      (await client.list(EXCEPTIONS, { namespace: POLICY_EXCEPTION_NAMESPACE })).map(
        ({ metadata }) => metadata.name ?? "",
      );
    assert.deepEqual((await left()).sort(), ["coming", "soon"]);
    await eventually(
      `expired exception; ${logTail(sandbox.log("kyverno-cleanup-controller"), 8)}`,
      async () => ((await left()).includes("soon") ? undefined : true),
      90,
    );
    // Once more, on the next turn.
    await sleep(12_000);
    assert.deepEqual(await left(), ["coming"]);
  });
});
