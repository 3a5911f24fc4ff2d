import assert from "node:assert/strict";
import { overlaid, overlayProblems, overlaySettings } from "../../../components/operators/frame/overlay";
import { planOperators } from "../../../components/operators/frame/stack";
import { operatorFacts } from "../../../components/operator-facts";
import { normalise } from "../../../components/operators/frame/normalise";
import { scanOperators } from "../../../components/operators/frame/registry";
import { parseConfig } from "../../../components/settings";
import { stackKeys } from "../../../components/stack-file";
import { ConfigError } from "../../../config/errors";
import { at } from "../../../lib/kube/client";
import { emptyCluster } from "../../snapshots/stack";
import { runtimeWorkloads } from "./runtime-workloads";

const infra = { key: "infra", operator: "Exists" } as const;
const deployment = {
  metadata: { name: "server" },
  spec: {
    replicas: 1,
    template: {
      spec: {
        tolerations: [{ key: "before", operator: "Exists" }],
        nodeSelector: { "kubernetes.io/os": "linux" },
        initContainers: [{ name: "prepare", image: "a" }],
        containers: [
          { name: "main", image: "b", resources: { requests: { cpu: "10m", memory: "1Gi" } } },
          { name: "side", image: "c" },
        ],
      },
    },
  },
};
const target = { kind: "Deployment", name: "server" };
const podOf = (object: unknown): unknown => at(object, "spec", "template", "spec");
const of = (given: object) => overlaySettings.parse(given);
const stack = (operators: Readonly<Record<string, object>>) => {
  const keys = stackKeys(".", "prod-nl-west");
  const own = keys["operators"];
  assert.ok(typeof own === "object" && own !== null);
  const merged = Object.entries(operators).map(([name, settings]) => {
    const before: unknown = Object.entries(own).find(([key]) => key === name)?.[1];
    return [name, { ...(typeof before === "object" ? before : {}), ...settings }];
  });
  return parseConfig({ ...keys, operators: { ...own, ...Object.fromEntries(merged) } });
};
const planned = (operators: Readonly<Record<string, object>>) => {
  const config = stack(operators);
  return planOperators(config.operators, operatorFacts(config, emptyCluster)).map(({ plan }) => plan);
};

describe("overlay of an operator", () => {
  it("is a setting of every operator", () => {
    for (const operator of scanOperators()) assert.ok("overlay" in operator.keys.shape, operator.name);
  });

  it("changes replicas and amounts of the containers that it names, and leaves the rest", () => {
    const changed = overlaid(
      deployment,
      target,
      of({
        workloads: {
          server: {
            replicas: 3,
            resources: {
              main: { requests: { cpu: "1" }, limits: { memory: "4Gi" } },
              prepare: { limits: { cpu: "2" } },
            },
          },
        },
      }),
    );
    assert.equal(at(changed, "spec", "replicas"), 3);
    assert.deepEqual(at(podOf(changed), "containers"), [
      { name: "main", image: "b", resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "4Gi" } } },
      { name: "side", image: "c" },
    ]);
    assert.deepEqual(at(podOf(changed), "initContainers"), [
      { name: "prepare", image: "a", resources: { limits: { cpu: "2" } } },
    ]);
  });

  it("adds its node pool to what is there, once, and keeps agents on every node", () => {
    const pool = of({ nodeSelector: { pool: "infra" }, tolerations: [infra] });
    const once = overlaid(deployment, target, pool);
    assert.deepEqual(at(podOf(once), "nodeSelector"), { "kubernetes.io/os": "linux", pool: "infra" });
    assert.deepEqual(at(podOf(once), "tolerations"), [{ key: "before", operator: "Exists" }, infra]);
    assert.deepEqual(overlaid(once, target, pool), once);
    const agent = podOf(overlaid(deployment, { ...target, kind: "DaemonSet" }, pool));
    assert.deepEqual(at(agent, "nodeSelector"), { "kubernetes.io/os": "linux" });
    assert.deepEqual(at(agent, "tolerations"), [{ key: "before", operator: "Exists" }, infra]);
  });

  it("reaches the pods that Prometheus' operator makes", () => {
    const changed = overlaid(
      { spec: { replicas: 2 } },
      { kind: "Prometheus", name: "p" },
      of({
        nodeSelector: { pool: "infra" },
        workloads: { p: { replicas: 3, resources: { prometheus: { limits: { memory: "32Gi" } } } } },
      }),
    );
    assert.deepEqual(changed.spec, {
      replicas: 3,
      nodeSelector: { pool: "infra" },
      resources: { limits: { memory: "32Gi" } },
    });
  });

  it("is the identity where it has nothing, and on what is no workload", () => {
    assert.equal(overlaid(deployment, target, of({})), deployment);
    const map = { metadata: { name: "server" }, data: {} };
    assert.equal(overlaid(map, { kind: "ConfigMap", name: "server" }, of({ tolerations: [infra] })), map);
    const options = { controllerOwned: [], patches: [], simulatedNodes: false };
    const props = { ...deployment };
    assert.equal(
      normalise(
        { type: "kubernetes:apps/v1:Deployment", props },
        { ...options, overlay: (object, where) => overlaid(object, where, of({})) },
      ),
      undefined,
    );
  });

  it("names what the operator has not, and what it has", () => {
    const objects = [
      { kind: "Deployment", ...deployment },
      { kind: "CronJob", metadata: { name: "tidy" }, spec: {} },
    ];
    const problems = overlayProblems(
      "x",
      of({
        workloads: { severs: {}, server: { resources: { mian: {} } }, tidy: { replicas: 2 } },
      }),
      objects,
    );
    assert.deepEqual(problems, [
      "operators.x.overlay.workloads.severs: the operator has no such workload. It has server, tidy",
      "operators.x.overlay.workloads.server.resources.mian: Deployment server has no such container. It has prepare, main, side",
      "operators.x.overlay.workloads.tidy.replicas: a CronJob has no number of replicas. Remove the key",
    ]);
  });

  it("refuses a toleration of everything, and values without a reason", () => {
    assert.throws(
      () => stack({ velero: { overlay: { tolerations: [{ key: "", operator: "Exists" }] } } }),
      ConfigError,
    );
    assert.throws(() => stack({ velero: { overlay: { tolerations: [{ operator: "Exists" }] } } }), ConfigError);
    assert.throws(() => stack({ velero: { overlay: { values: { logLevel: "debug" } } } }), /needs `reason`/);
  });

  it("lays values of the stack over the platform's, and reaches objects of its own", () => {
    const why = "The vendor asked for more detail in its logs.";
    const plans = planned({
      velero: { overlay: { values: { configuration: { logLevel: "debug" } }, reason: why } },
      "kube-bench": { overlay: { tolerations: [infra] } },
    });
    const before = planned({}).find(({ operator }) => operator === "velero")?.chart?.values;
    const after = plans.find(({ operator }) => operator === "velero")?.chart?.values;
    assert.equal(at(after, "configuration", "logLevel"), "debug");
    assert.deepEqual(
      at(after, "configuration", "backupStorageLocation"),
      at(before, "configuration", "backupStorageLocation"),
    );
    assert.deepEqual(at(after, "resources"), at(before, "resources"));
    const bench = plans.find(({ operator }) => operator === "kube-bench");
    const jobs = [...(bench?.before ?? []), ...(bench?.after ?? [])].filter(({ kind }) => kind === "CronJob");
    assert.ok(jobs.length > 0);
    for (const job of jobs) assert.ok(JSON.stringify(job).includes('"infra"'), job.metadata.name);
  });

  it("reaches the pods that operators make at run time", () => {
    const pool = { nodeSelector: { pool: "infra" }, tolerations: [infra] };
    const made = (operator: string, overlay: object) => {
      const plan = planned({ [operator]: { overlay } }).find((each) => each.operator === operator);
      assert.ok(plan !== undefined);
      return runtimeWorkloads.filter((each) => each.operator === operator).map(({ object }) => object(plan));
    };
    const [scan] = made("trivy-operator", pool);
    const ofScan = at(scan, "spec", "template", "spec");
    assert.deepEqual(at(ofScan, "nodeSelector"), { "kubernetes.io/os": "linux", pool: "infra" });
    assert.deepEqual(at(ofScan, "tolerations"), [infra]);
    const config = (overlay: object): unknown => {
      const plan = planned({ velero: { overlay } }).find(({ operator }) => operator === "velero");
      return at(plan?.chart?.values, "configuration", "repositoryMaintenanceJob", "repositoryConfigData", "global");
    };
    const labels = (overlay: object): unknown => at(config(overlay), "loadAffinity", 0, "nodeSelector", "matchLabels");
    assert.deepEqual(labels({ nodeSelector: { pool: "infra" } }), { pool: "infra" });
    // Velero's jobs would wait for ever behind a taint.
    assert.equal(labels(pool), undefined);
  });

  it("places the servers of databases, whose pods CloudNativePG makes", () => {
    const cluster = {
      metadata: { name: "docs" },
      spec: { affinity: { nodeSelector: { "kubernetes.io/os": "linux" } } },
    };
    const place = of({ nodeSelector: { pool: "data" }, tolerations: [infra] });
    assert.deepEqual(overlaid(cluster, { kind: "Cluster", name: "docs" }, place).spec, {
      affinity: { nodeSelector: { "kubernetes.io/os": "linux", pool: "data" }, tolerations: [infra] },
    });
  });

  it("of an operator without a chart is refused with the configuration", () => {
    const why = "An example of a reason.";
    assert.throws(
      () => planned({ "kube-bench": { overlay: { values: { a: 1 }, reason: why, workloads: { other: {} } } } }),
      (error) =>
        error instanceof ConfigError &&
        /kube-bench\.overlay\.values\.a: the operator has no chart/.test(error.message) &&
        /workloads\.other: the operator has no such workload\. It has kube-bench/.test(error.message),
    );
  });
});
