import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admissionPolicies } from "../../components/admission/vap";
import { permissiveCrd } from "../../components/crds/stand-in";
import { label, podSecurityLabel } from "../../lib/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { ApiError, at, isKubeObject, isRecord, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { Engine, readObject } from "../../policypack/engine/engine";
import { isClusterScoped, resourceOf } from "../../lib/kinds";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import type { Exemption } from "../../config/policies";
import { wildcard } from "../../policypack/rules/identity/wildcard";
import { dnsEgress } from "../../policypack/rules/network/dns-egress";
import { privilegedContainers } from "../../policypack/rules/pod-security/privileged-containers";
import { fixtures, settingsFor, TODAY } from "../policypack/harness";
import { needTools } from "../support/needs";

const rules = loadRules().filter((rule) => rule.type === "expression");
const settings = policySettings.parse({
  rules: Object.fromEntries(rules.flatMap((rule) => Object.entries(settingsFor(rule).rules))),
});
const engine = new Engine(rules, settings, TODAY);

interface Sample {
  readonly from: string;
  /** The fixture's own rule depends on the Pod Security version. */
  readonly versioned: boolean;
  readonly object: KubeObject;
}

/** One admission policy, alone in its own namespace, so that its whole refusal is seen. */
interface Trial {
  readonly policy: KubeObject;
  readonly binding: KubeObject;
  /** Value of the label by which the binding selects. */
  readonly label: string;
  readonly namespace: string;
  readonly role: "suite" | "operator";
  readonly ids: ReadonlySet<string>;
  readonly clusterScoped: boolean;
  /** The Pod Security version that the namespace pins. */
  readonly pinned?: string;
}

const TRIAL = "admission-trial";

/** A Pod Security version for the namespaces of a second round, so that rules choose older expressions too. */
const PINNED = "v1.24";

/** Rules on fields that the API server or its plugins fill in before policies see the object. */
const completedByServer: ReadonlySet<string> = new Set([
  // DefaultStorageClass, with the cluster's default class.
  "availability/storage-class",
  // SetDefaults_NetworkPolicy, from the rules that are there; this one asks what was written.
  "network/policy-types",
]);

function fieldsOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function without(object: Readonly<Record<string, unknown>>, field: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== field));
}

function samples(): readonly Sample[] {
  return rules.flatMap((rule) =>
    (["good", "bad"] as const).flatMap((which) =>
      fixtures(rule, which).flatMap((fixture) =>
        fixture.objects.flatMap((raw, index) => {
          if (typeof raw !== "object" || raw === null) return [];
          const object = { ...raw, metadata: { name: `sample-${index}`, ...fieldsOf(at(raw, "metadata")) } };
          const versioned = "versions" in rule.definition;
          return isKubeObject(object) ? [{ from: `${rule.id}.${which} ${fixture.document}`, versioned, object }] : [];
        }),
      ),
    ),
  );
}

function trials(): readonly Trial[] {
  const made: readonly unknown[] = admissionPolicies(engine.activeRules, settings, TODAY);
  const objects = made.filter(isKubeObject);
  const bindings = new Map(
    objects.filter((each) => each.kind.endsWith("Binding")).map((each) => [each.metadata.name, each]),
  );
  return objects
    .filter((each) => each.kind === "ValidatingAdmissionPolicy")
    .flatMap((policy, index): Trial[] => {
      const binding = bindings.get(policy.metadata.name);
      assert.ok(binding !== undefined);
      const namespace = `trial-${index}`;
      const clusterScoped =
        JSON.stringify(at(binding, "spec", "matchResources") ?? {}).includes("objectSelector") ||
        policy.metadata.name?.includes("cluster-scoped") === true;
      const matchResources = clusterScoped
        ? { objectSelector: { matchLabels: { [TRIAL]: namespace } } }
        : { namespaceSelector: { matchLabels: { [TRIAL]: namespace } } };
      const ids = new Set(
        JSON.stringify(policy)
          .match(/\[[a-z0-9-]+\/[a-z0-9-]+\]/g)
          ?.map((id) => id.slice(1, -1)) ?? [],
      );
      const role = policy.metadata.name?.includes("-operator-deny") === true ? "operator" : "suite";
      const spec = { policyName: policy.metadata.name, validationActions: ["Deny"], matchResources };
      const trial: Trial = {
        policy,
        binding: Object.assign({}, binding, { spec }),
        label: namespace,
        namespace,
        role,
        ids,
        clusterScoped,
      };
      const versioned = policy.metadata.name?.includes("-workloads-") === true;
      return versioned ? [trial, { ...trial, namespace: `${namespace}-pinned`, pinned: PINNED }] : [trial];
    });
}

describe("admission on a real API server", function () {
  this.timeout(600_000);
  let dir = "";
  let client: KubeClient;
  const all = trials();
  const given = samples();
  const accepted: Trial[] = [];
  const refused: string[] = [];

  const namespaceOf = (trial: Pick<Trial, "namespace" | "label" | "role" | "pinned">): KubeObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: trial.namespace,
      labels: {
        [TRIAL]: trial.label,
        [label.role]: trial.role,
        ...(trial.pinned !== undefined && { [podSecurityLabel.enforceVersion]: trial.pinned }),
      },
    },
  });

  before(async function () {
    this.timeout(5 * 60_000);
    dir = mkdtempSync(join(tmpdir(), "admission-"));
    const cluster = await clusterUp({ dir, binaries: await needTools(this, ...COMPONENTS) });
    client = KubeClient.fromKubeconfig(cluster.kubeconfig);
    await serveCustomKinds(client, given);
    const accounts = named(given, "serviceAccountName", "default");
    for (const name of named(given, "priorityClassName")) {
      if (name.startsWith("system-")) continue;
      await client.create({
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name },
        value: 1000,
      });
    }
    for (const trial of all) {
      await client.create(namespaceOf(trial));
      await Promise.all(
        accounts.map((name) =>
          client.apply(
            { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: trial.namespace } },
            { force: true },
          ),
        ),
      );
    }
    await createDebuggedPods(client, all, given);
    for (const trial of all) {
      try {
        if (trial.pinned === undefined) {
          await client.create(trial.policy);
          await client.create(trial.binding);
        }
        accepted.push(trial);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refused.push(error.message);
      }
    }
    await waitForPolicies(client);
  });

  after(async () => {
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  it("accepts every policy", () => {
    assert.deepEqual(refused, []);
  });

  it("type-checks every policy", async () => {
    const found: string[] = [];
    for (const trial of accepted) {
      const ref = {
        apiVersion: trial.policy.apiVersion,
        kind: trial.policy.kind,
        name: trial.policy.metadata.name ?? "",
      };
      const warnings = at(await client.get(ref), "status", "typeChecking", "expressionWarnings");
      if (Array.isArray(warnings)) found.push(`${ref.name}: ${JSON.stringify(warnings).slice(0, 600)}`);
    }
    assert.deepEqual(found, []);
  });

  it("admits what is exempt, and what controllers make of it, from nobody else", async () => {
    const rules = [privilegedContainers];
    const target = { kind: "Deployment", namespace: EXEMPT, name: "exempt-*" };
    const trial = { rule: privilegedContainers.id, reason: "trial", owner: "trial" };
    const exemptions = [
      { ...trial, target, expires: "2999-12-31" },
      // Written while it held, and expired since.
      { ...trial, target: { ...target, name: "expired-*" }, expires: TODAY },
    ];
    const one = new Engine(rules, policySettings.parse({ exemptions }), TODAY);
    await client.create(namespaceOf(exemptNamespace));
    await client.apply(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: EXEMPT } },
      { force: true },
    );
    const [policy, binding] = admissionPolicies(one.activeRules, one.settings, TODAY);
    const metadata = { name: EXEMPT };
    const matchResources = { namespaceSelector: { matchLabels: { [TRIAL]: EXEMPT } } };
    const spec = { policyName: EXEMPT, validationActions: ["Deny"], matchResources };
    await client.create(toKube({ ...policy, metadata }));
    await client.create(toKube({ ...binding, metadata, spec }));
    const container = { name: "main", image: "example.org/app:1", securityContext: { privileged: true } };
    const owned = (owner: string): KubeObject => {
      const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: "1", controller: true }];
      return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `${owner}-x`, namespace: EXEMPT, ownerReferences },
        spec: { containers: [container] },
      };
    };
    const deployment = (name: string): KubeObject => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: EXEMPT },
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: { containers: [container] } },
      },
    });
    const controller = client.asServiceAccount("kube-system", "replicaset-controller");
    const admitted = async (as: KubeClient, object: KubeObject): Promise<boolean> => {
      try {
        await as.create(object, { dryRun: true });
        return true;
      } catch (error) {
        assert.ok(error instanceof ApiError && error.message.includes(privilegedContainers.id), String(error));
        return false;
      }
    };
    for (let attempt = 0; attempt < 60 && (await admitted(client, deployment("other"))); attempt++) await sleep(250);
    assert.deepEqual(
      {
        exempt: await admitted(client, deployment("exempt-web")),
        other: await admitted(client, deployment("other")),
        podOfExempt: await admitted(controller, owned("exempt-web-abc")),
        podOfOther: await admitted(controller, owned("other-abc")),
        forged: await admitted(client, owned("exempt-web-abc")),
        expired: await admitted(client, deployment("expired-web")),
        podOfExpired: await admitted(controller, owned("expired-web-abc")),
      },
      {
        exempt: true,
        other: false,
        podOfExempt: true,
        podOfOther: false,
        forged: false,
        expired: false,
        podOfExpired: false,
      },
    );
  });

  // The controllers themselves: under which accounts they act is theirs to say.
  it("lets each controller make the pods of exempt workloads", async () => {
    const name = "exempt-made";
    const container = { name: "main", image: "example.org/app:1", securityContext: { privileged: true } };
    const pod = { metadata: { labels: { app: "a" } }, spec: { containers: [container] } };
    const job = { ...pod, spec: { ...pod.spec, restartPolicy: "Never" } };
    const selector = { matchLabels: { app: "a" } };
    const workloads: Readonly<Record<string, { apiVersion: string; spec: Record<string, unknown> }>> = {
      Deployment: { apiVersion: "apps/v1", spec: { selector, template: pod } },
      ReplicaSet: { apiVersion: "apps/v1", spec: { replicas: 1, selector, template: pod } },
      StatefulSet: { apiVersion: "apps/v1", spec: { selector, serviceName: "none", template: pod } },
      DaemonSet: { apiVersion: "apps/v1", spec: { selector, template: pod } },
      ReplicationController: { apiVersion: "v1", spec: { replicas: 1, selector: { app: "a" }, template: pod } },
      Job: { apiVersion: "batch/v1", spec: { template: job } },
      CronJob: { apiVersion: "batch/v1", spec: { schedule: "* * * * *", jobTemplate: { spec: { template: job } } } },
    };
    const kinds = Object.keys(workloads);
    const place = (kind: string): string => `${name}-${kind.toLowerCase()}`;
    const target = (kind: string): Exemption["target"] => ({ kind, namespace: place(kind), name: "exempt-*" });
    const exemptions = kinds.map((kind) => ({
      rule: privilegedContainers.id,
      reason: "trial",
      owner: "trial",
      target: target(kind),
      expires: "2999-12-31",
    }));
    const one = new Engine([privilegedContainers], policySettings.parse({ exemptions }), TODAY);
    const [policy, binding] = admissionPolicies(one.activeRules, one.settings, TODAY);
    const matchResources = { namespaceSelector: { matchLabels: { [TRIAL]: name } } };
    await client.create(toKube({ ...policy, metadata: { name } }));
    const spec = { policyName: name, validationActions: ["Deny"], matchResources };
    await client.create(toKube({ ...binding, metadata: { name }, spec }));
    for (const kind of kinds) {
      const labels = { [TRIAL]: name, [label.role]: "operator" };
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: place(kind), labels } });
    }
    const made = (kind: string, as: string): KubeObject => ({
      kind,
      metadata: { name: as, namespace: place(kind) },
      apiVersion: workloads[kind]?.apiVersion ?? "",
      spec: workloads[kind]?.spec,
    });
    const isRefused = (object: KubeObject): Promise<boolean> =>
      client.create(object, { dryRun: true }).then(
        () => false,
        (error: unknown) => error instanceof ApiError && error.message.includes(privilegedContainers.id),
      );
    for (let attempt = 0; attempt < 60 && !(await isRefused(made("Deployment", "other"))); attempt++) await sleep(250);
    for (const kind of kinds) {
      assert.ok(await isRefused(made(kind, "other")), `${kind} without an exemption`);
      await client.create(made(kind, "exempt-web"));
    }
    let missing = kinds;
    for (const deadline = Date.now() + 100_000; missing.length > 0 && Date.now() < deadline; await sleep(1000)) {
      const pods = await Promise.all(
        missing.map((kind) => client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: place(kind) })),
      );
      missing = missing.filter((_, index) => pods[index]?.length === 0);
    }
    assert.deepEqual(missing, [], "no pods of these came to be");
  });

  // Pulumi changes the owners of fields alone before each update; a rule that is new must not stand in the way of it.
  it("lets what was there before a rule be brought into line, and nothing else", async () => {
    const name = "trial-ratchet";
    const metadata = { name, namespace: name };
    const networkPolicy = (port: number): KubeObject => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata,
      spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port }] }] },
    });
    const role = (verb: string): KubeObject => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["get", verb] }],
    });
    const cases = [
      {
        broken: networkPolicy(53),
        worse: { ...networkPolicy(53), spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }, { port: 443 }] }] } },
        repaired: networkPolicy(443),
      },
      {
        broken: role("*"),
        worse: { ...role("*"), rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
        repaired: role("list"),
      },
    ];
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [TRIAL]: name } } });
    for (const { broken } of cases) await client.create(broken);
    const one = new Engine([dnsEgress, wildcard], policySettings.parse({ profile: "strict" }), TODAY);
    const made = admissionPolicies(one.activeRules, one.settings, TODAY).map(toKube);
    const selected = { matchResources: { namespaceSelector: { matchLabels: { [TRIAL]: name } } } };
    for (const object of made.filter(({ metadata: { name: made = "" } }) => !made.includes("cluster-scoped"))) {
      const isBinding = object.kind.endsWith("Binding");
      const own = { name: `${name}-${object.metadata.name ?? ""}` };
      const spec = isBinding ? { policyName: own.name, validationActions: ["Deny"], ...selected } : at(object, "spec");
      await client.create(toKube({ ...object, metadata: own, spec }));
    }
    const admits = async (write: () => Promise<unknown>): Promise<boolean> =>
      write().then(
        () => true,
        (error: unknown) => {
          assert.ok(error instanceof ApiError && /dns-egress|wildcard/.test(error.message), String(error));
          return false;
        },
      );
    for (const { broken, worse, repaired } of cases) {
      const other = { ...broken, metadata: { ...metadata, name: "other" } };
      for (let attempt = 0; attempt < 60 && (await admits(() => client.create(other, { dryRun: true }))); attempt++) {
        await sleep(250);
      }
      const ref = { ...broken, name, namespace: name };
      assert.deepEqual(
        {
          kind: broken.kind,
          anew: await admits(() => client.create(other, { dryRun: true })),
          owners: await admits(() => client.patch(ref, { metadata: { managedFields: [{}] } })),
          worse: await admits(() => client.apply(worse, { force: true })),
          labelled: await admits(() => client.patch(ref, { metadata: { labels: { a: "b" } } })),
          repaired: await admits(() => client.apply(repaired, { force: true })),
        },
        { kind: broken.kind, anew: false, owners: true, worse: false, labelled: false, repaired: true },
      );
    }
  });

  // The API server refuses what costs more to judge than it allows: what is as large as it may be must come in all the same.
  it("judges what is large, and lets in what costs too much to judge", async () => {
    const name = "trial-large";
    const bounded = rules.filter(({ definition }) => definition.withinCost !== undefined);
    const one = new Engine(bounded, policySettings.parse({ profile: "strict" }), TODAY);
    const labels = { [TRIAL]: name, [label.role]: "operator" };
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
    const selected = { matchResources: { namespaceSelector: { matchLabels: { [TRIAL]: name } } } };
    for (const object of admissionPolicies(one.activeRules, one.settings, TODAY).map(toKube)) {
      const own = { name: `${name}-${object.metadata.name ?? ""}` };
      const spec = object.kind.endsWith("Binding")
        ? { policyName: own.name, validationActions: ["Deny"], ...selected }
        : at(object, "spec");
      await client.create(toKube({ ...object, metadata: own, spec }));
    }
    const refusedFor = (object: KubeObject): Promise<readonly string[]> =>
      client.create(object, { dryRun: true }).then(
        () => [],
        (error: unknown) => {
          assert.ok(error instanceof ApiError, String(error));
          return error.message.match(/\[[a-z-]+\/[a-z-]+\]|cost limit/g) ?? [error.message];
        },
      );
    const filled = (line: string, size: number): string => line.repeat(size / line.length);
    const config = (data: Readonly<Record<string, string>>): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "large", namespace: name },
      data,
    });
    const pod = (containers: number, variables: number, last: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "large", namespace: name },
      spec: {
        containers: Array.from({ length: containers }, (_, container) => ({
          name: `c${container}`,
          image: "registry.example.org/app:1.2.3",
          env: [
            ...Array.from({ length: variables - 1 }, (_, each) => ({
              name: `SOME_VARIABLE_${each}`,
              value: `${each}`,
            })),
            { name: last, value: "Zomer-2026!" },
          ],
        })),
      },
    });
    const script = (size: number, last: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "large", namespace: name },
      spec: {
        containers: [
          { name: "main", image: "a:1", args: ["sh", "-c", `${filled("echo a token value\n", size)}${last}`] },
        ],
      },
    });
    const SECRET = "db_password=Zomer2026geheim";
    const dashboard = '{"id":12,"title":"Global throughput, high","key":"value","url":"https://example.org/a"},';
    await settled(async () => (await refusedFor(config({ a: SECRET }))).length > 0);
    const rows: readonly (readonly [what: string, object: KubeObject, refused: readonly string[]])[] = [
      ["one dashboard of 1 MB", config({ a: filled(dashboard, 1_000_000) }), []],
      ["lines with words of secrets, 1 MB", config({ a: filled("some-key: value-of-it\n", 1_000_000) }), []],
      ["lines with words of secrets, 20 KB", config({ a: filled("some-key: value-of-it\n", 20_000) }), []],
      [
        "ten thousand entries",
        config(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k-${at}`, "text"]))),
        [],
      ],
      [
        "a secret behind 60 KB",
        config({ a: `${filled("some words of it\n", 60_000)}${SECRET}` }),
        ["[secrets/literal-config-map]"],
      ],
      [
        "a secret behind 8 KB of words",
        config({ a: `${filled("token: words\n", 8000)}${SECRET}` }),
        ["[secrets/literal-config-map]"],
      ],
      ["a pod of 40 containers with 500 variables each", pod(40, 500, "DB_PASSWORD"), []],
      ["a pod of 500 variables", pod(1, 500, "MODE"), []],
      ["a password behind 500 variables", pod(1, 500, "DB_PASSWORD"), ["[secrets/literal-environment]"]],
      ["a script of 300 KB", script(300_000, ""), []],
      ["a download behind 5 KB", script(5000, "curl -s https://example.org/i.sh | sh"), ["[workload/shell-download]"]],
    ];
    const answers = [];
    for (const [what, object] of rows) answers.push([what, await refusedFor(object)]);
    assert.deepEqual(
      answers,
      rows.map(([what, , refused]) => [what, refused]),
    );
  });

  it("refuses every fixture with exactly the rules that the pack names", async () => {
    const tasks = given.flatMap((sample) =>
      accepted.filter((trial) => concerns(trial, sample)).map((trial) => ({ sample, trial })),
    );
    const report: Report = { compared: 0, differences: [], validation: new Map(), notServed: new Set() };
    const workers = Array.from({ length: CONCURRENCY }, async () => {
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        record(report, task, await submit(client, task.sample.object, task.trial));
      }
    });
    await Promise.all(workers);
    console.log(
      `      ${given.length} fixtures, ${accepted.length} policies and namespaces: ${report.compared} verdicts compared, ` +
        `${report.differences.length} differ; kinds not served: ${[...report.notServed].join(", ") || "none"}; ` +
        `${report.validation.size} fixtures refused by the API's own validation:`,
    );
    for (const [from, why] of report.validation) console.log(`        ${from}: ${why.slice(0, 140)}`);
    assert.ok(report.compared > 0);
    assert.deepEqual(report.differences, []);
  });
});

const EXEMPT = "trial-exempt";
const exemptNamespace = { namespace: EXEMPT, label: EXEMPT, role: "suite" } as const;

/** Waits until policies are in force, up to 15 s. */
async function settled(isInForce: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 60 && !(await isInForce()); attempt++) await sleep(250);
}

function toKube(object: unknown): KubeObject {
  assert.ok(isKubeObject(object));
  return object;
}

const CONCURRENCY = 12;

/** Serves the custom resources among the fixtures, in every version that they use; what Kubernetes serves itself stays. */
async function serveCustomKinds(client: KubeClient, given: readonly Sample[]): Promise<void> {
  const listed = at(await client.request("GET", "/apis"), "groups");
  const builtIn = new Set((Array.isArray(listed) ? Array.from<unknown>(listed) : []).map((group) => at(group, "name")));
  const kinds = new Map<string, { group: string; kind: string; versions: Set<string> }>();
  for (const { object } of given) {
    const [group = "", version] = object.apiVersion.split("/");
    // Groups without a dot, and those of Kubernetes itself in versions that it no longer serves.
    if (version === undefined || !group.includes(".") || builtIn.has(group) || REMOVED.has(group)) continue;
    const entry = kinds.get(`${group}/${object.kind}`) ?? { group, kind: object.kind, versions: new Set() };
    entry.versions.add(version);
    kinds.set(`${group}/${object.kind}`, entry);
  }
  for (const { group, kind, versions } of kinds.values()) {
    const scope = isClusterScoped(kind) ? " cluster" : "";
    const line = `${group}/${[...versions].join(",")} ${kind} ${resourceOf(kind)}${scope}`;
    await client.create(toKube(permissiveCrd(line)));
  }
  for (const { object } of given) {
    for (let attempt = 0; kinds.has(groupKindOf(object)) && attempt < 100; attempt++) {
      if (await isServed(client, object)) break;
      await sleep(100);
    }
  }
}

/** Groups that Kubernetes had and removed. */
const REMOVED: ReadonlySet<string> = new Set(["extensions"]);

const groupKindOf = ({ apiVersion, kind }: KubeObject): string => `${apiVersion.split("/")[0] ?? ""}/${kind}`;

async function isServed(client: KubeClient, object: KubeObject): Promise<boolean> {
  try {
    await client.resourceType(object);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

interface Report {
  compared: number;
  readonly differences: string[];
  readonly validation: Map<string, string>;
  readonly notServed: Set<string>;
}

function record(
  report: Report,
  { sample, trial }: { readonly sample: Sample; readonly trial: Trial },
  outcome: Outcome,
): void {
  if (outcome === "other kind") return;
  if (outcome === "not served") {
    report.notServed.add(`${sample.object.apiVersion} ${sample.object.kind}`);
    return;
  }
  if ("validation" in outcome) {
    report.validation.set(sample.from, outcome.validation);
    return;
  }
  report.compared++;
  const expected = expectedIds(sample.object, trial).join(", ");
  const refused = outcome.ids.filter((id) => !completedByServer.has(id)).join(", ");
  if (refused === expected) return;
  const text = outcome.error === undefined ? "" : ` (${outcome.error.slice(0, 300)})`;
  report.differences.push(
    `${sample.from} by ${trial.policy.metadata.name}: API server [${refused}], pack [${expected}]${text}`,
  );
}

/** Namespaces with a pinned version only tell something about rules that have versions. */
function concerns(trial: Trial, sample: Sample): boolean {
  return trial.pinned === undefined || sample.versioned;
}

type Outcome =
  | "other kind"
  | "not served"
  | { readonly validation: string }
  | { readonly ids: readonly string[]; readonly error?: string };

function placed(object: KubeObject, trial: Trial): KubeObject {
  const labels = { ...object.metadata.labels, ...(trial.clusterScoped && { [TRIAL]: trial.label }) };
  return {
    ...object,
    metadata: { ...object.metadata, labels, ...(!trial.clusterScoped && { namespace: trial.namespace }) },
  };
}

function matches(trial: Trial, object: KubeObject, plural: string): boolean {
  const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0] : "";
  const resourceRules = at(trial.policy, "spec", "matchConstraints", "resourceRules");
  return (Array.isArray(resourceRules) ? Array.from<unknown>(resourceRules) : []).some((rule) => {
    const groups = at(rule, "apiGroups");
    const resources = at(rule, "resources");
    return Array.isArray(groups) && groups.includes(group) && Array.isArray(resources) && resources.includes(plural);
  });
}

async function submit(client: KubeClient, object: KubeObject, trial: Trial): Promise<Outcome> {
  try {
    const { plural, namespaced } = await client.resourceType(object);
    if (!matches(trial, object, plural) || namespaced === trial.clusterScoped) return "other kind";
    if (isDebugged(object)) await putEphemeral(client, object, trial);
    else await write(client, placed(object, trial));
    return { ids: [] };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.message.startsWith("the API server has no kind")) return "not served";
    if (!error.message.includes("ValidatingAdmissionPolicy")) return { validation: error.message };
    const ids = error.message.match(/\[[a-z0-9-]+\/[a-z0-9-]+\]/g)?.map((id) => id.slice(1, -1)) ?? [];
    return { ids: [...new Set(ids)].sort(), error: error.message };
  }
}

async function write(client: KubeClient, object: KubeObject): Promise<void> {
  try {
    await client.create(object, { dryRun: true });
  } catch (error) {
    // Every namespace has a few objects of its own.
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
    await client.replace(object, { dryRun: true });
  }
}

function expectedIds(object: KubeObject, trial: Trial): readonly string[] {
  // The API server drops the status of a new object.
  const read = readObject(without(placed(object, trial), "status"));
  assert.ok(read !== undefined);
  const findings = engine.judge(read, {
    role: trial.role,
    ...(trial.pinned !== undefined && { podSecurityVersion: trial.pinned }),
  });
  const violated = findings.filter(
    (finding) => finding.decision === "violated" && trial.ids.has(finding.rule) && !completedByServer.has(finding.rule),
  );
  return [...new Set(violated.map((finding) => finding.rule))].sort();
}

function isDebugged(object: KubeObject): boolean {
  return object.kind === "Pod" && at(object, "spec", "ephemeralContainers", 0) !== undefined;
}

function debugName(object: KubeObject): string {
  return `debug-${Buffer.from(JSON.stringify(object))
    .reduce((sum, byte) => (sum * 31 + byte) % 0xffffffff, 7)
    .toString(16)}`;
}

/** A pod gets ephemeral containers only once it runs: the pods come first, before there is any policy. */
async function createDebuggedPods(client: KubeClient, all: readonly Trial[], given: readonly Sample[]): Promise<void> {
  const pods = given.filter((sample) => isDebugged(sample.object));
  for (const trial of all.filter((each) => matches(each, { apiVersion: "v1", kind: "Pod", metadata: {} }, "pods"))) {
    for (const { object } of pods) {
      const spec = without(fieldsOf(at(object, "spec")), "ephemeralContainers");
      const metadata = { ...object.metadata, name: debugName(object), namespace: trial.namespace };
      await client.apply({ ...object, metadata, spec }, { force: true });
    }
  }
}

async function putEphemeral(client: KubeClient, object: KubeObject, trial: Trial): Promise<void> {
  const name = debugName(object);
  const current = await client.get({ apiVersion: "v1", kind: "Pod", name, namespace: trial.namespace });
  const spec = { ...fieldsOf(at(current, "spec")), ephemeralContainers: at(object, "spec", "ephemeralContainers") };
  const path = `/api/v1/namespaces/${trial.namespace}/pods/${name}/ephemeralcontainers`;
  await client.request("PUT", path, { query: { dryRun: "All" }, body: { ...current, spec } });
}

/** The values that a field has anywhere in the fixtures. */
function named(given: readonly Sample[], field: string, ...more: readonly string[]): readonly string[] {
  const found = JSON.stringify(given).matchAll(new RegExp(`"${field}":"([a-z0-9.-]+)"`, "g"));
  return [...new Set([...more, ...[...found].flatMap((match) => match[1] ?? [])])];
}

/** The API server reads new policies with a delay; one that refuses everything, created last, tells when it has. */
async function waitForPolicies(client: KubeClient): Promise<void> {
  const name = "trial-canary";
  const spec = {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
    },
    validations: [{ expression: "false", message: "canary" }],
  };
  const api = "admissionregistration.k8s.io/v1";
  await client.create({ apiVersion: api, kind: "ValidatingAdmissionPolicy", metadata: { name }, spec });
  const matchResources = { objectSelector: { matchLabels: { [TRIAL]: name } } };
  const bindingSpec = { policyName: name, validationActions: ["Deny"], matchResources };
  await client.create({
    apiVersion: api,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: bindingSpec,
  });
  const canary = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", labels: { [TRIAL]: name } },
  };
  for (let attempt = 0; attempt < 120; attempt++) {
    try {
      await client.create(canary, { dryRun: true });
    } catch (error) {
      if (error instanceof ApiError && error.message.includes("canary")) break;
      throw error;
    }
    await sleep(250);
  }
  await sleep(2000);
}
