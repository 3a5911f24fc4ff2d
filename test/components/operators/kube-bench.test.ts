import assert from "node:assert/strict";
import { benchmarks, mountPath, volumeName } from "../../../components/operators/kube-bench/benchmarks";
import { operatorFacts } from "../../../components/operator-facts";
import { stackConfig } from "../../../components/stack-file";
import { planOperators, type StackFacts } from "../../../components/operators/frame/stack";
import { operatorSettings } from "../../../components/operators/frame/settings";
import type { Manifest } from "../../../components/kubernetes-object";
import { everything, facts, without } from "./support";

const distributions = ["kubernetes", "rke2", "openshift", "eks", "aks", "gke"] as const;

function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? new Map(Object.entries(inner)).get(key) : undefined),
    value,
  );
}

function planOf(operator: string, distribution: (typeof distributions)[number]) {
  const settings = operatorSettings({ ...everything, ...without(distribution) });
  assert.ok(settings.success);
  const cluster = { ...facts.cluster, distribution };
  const plan = planOperators(settings.data, { ...facts, cluster }).find((each) => each.plan.operator === operator);
  assert.ok(plan);
  return plan.plan;
}

function podsOf(distribution: (typeof distributions)[number]): Map<string, unknown> {
  const jobs = planOf("kube-bench", distribution).after.filter(({ kind }: Manifest) => kind === "CronJob");
  return new Map(
    jobs.map((job) => [String(job.metadata.name), field(job, "spec", "jobTemplate", "spec", "template", "spec")]),
  );
}

/** Whether the scheduler would put the pod on such a node, as far as required affinity, selector and taints go. */
function runsOn(pod: unknown, labels: Readonly<Record<string, string>>, taints: readonly string[]): boolean {
  const selector = Object.entries(field(pod, "nodeSelector") ?? {});
  const terms = field(pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
  const expressions = [field(terms, "nodeSelectorTerms")]
    .flat()
    .flatMap((term) => [field(term, "matchExpressions")].flat());
  const tolerated = [field(pod, "tolerations") ?? []].flat();
  return (
    selector.every(([key, value]) => labels[key] === value) &&
    expressions.every((each) => {
      const present = String(field(each, "key")) in labels;
      return field(each, "operator") === "Exists" ? present : !present;
    }) &&
    taints.every((key) => tolerated.some((each) => field(each, "key") === key && field(each, "effect") === undefined))
  );
}

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
const linux = { "kubernetes.io/os": "linux" };

/** What installers leave on the nodes of the control plane. */
const servers = {
  "kubeadm and OpenShift": { labels: { ...linux, [CONTROL_PLANE]: "" }, taints: [CONTROL_PLANE] },
  RKE2: { labels: { ...linux, [CONTROL_PLANE]: "true" }, taints: ["CriticalAddonsOnly"] },
  "RKE2 with roles apart": {
    labels: { ...linux, [CONTROL_PLANE]: "true" },
    taints: [CONTROL_PLANE, "node-role.kubernetes.io/etcd"],
  },
};

describe("agents of the control plane", () => {
  for (const [installer, { labels, taints }] of Object.entries(servers)) {
    it(`run on nodes as ${installer} labels and taints them, and on no worker`, () => {
      const values = planOf("alloy-node", "rke2").chart?.values["controller"];
      for (const pod of [values, podsOf("rke2").get("kube-bench-master")]) {
        assert.ok(pod);
        assert.ok(runsOn(pod, labels, taints));
        assert.ok(!runsOn(pod, linux, []));
      }
      const worker = podsOf("rke2").get("kube-bench-node");
      assert.ok(runsOn(worker, linux, []));
      assert.ok(!runsOn(worker, labels, taints));
    });
  }
});

describe("kube-bench per distribution", () => {
  it("runs on as many nodes of each kind as the cluster has", () => {
    const settings = operatorSettings(everything);
    assert.ok(settings.success);
    const pods = (nodes: StackFacts["nodes"]) =>
      planOperators(settings.data, { ...facts, ...(nodes === undefined ? {} : { nodes }) })
        .flatMap(({ plan }) => plan.after)
        .filter(({ kind, metadata }) => kind === "CronJob" && metadata.namespace === "compliance")
        .map((job) => [
          job.metadata.name,
          field(job, "spec", "jobTemplate", "spec", "parallelism"),
          field(job, "spec", "jobTemplate", "spec", "completions"),
        ]);
    assert.deepEqual(pods({ workers: 7, controlPlanes: 5 }), [
      ["kube-bench-node", 7, 7],
      ["kube-bench-master", 5, 5],
    ]);
    assert.deepEqual(pods(undefined), [
      ["kube-bench-node", 3, 3],
      ["kube-bench-master", 3, 3],
    ]);
  });

  it("counts the nodes by the label that installers give the control plane", () => {
    const node = {
      name: "a",
      zone: undefined,
      architecture: "amd64",
      labels: {},
      runtimeHandlers: [],
      controlPlane: false,
    };
    const nodes = [node, { ...node, name: "b" }, { ...node, name: "m", controlPlane: true }];
    const stack = operatorFacts(stackConfig(".", "prod-nl-north"), {
      customResources: new Map(),
      apiServices: new Map(),
      nodes,
    });
    assert.deepEqual(stack.nodes, { workers: 2, controlPlanes: 1 });
  });

  it("reads the directory in which RKE2 keeps its configuration, the servers' part on servers only", () => {
    const mounted = (name: string): unknown[] =>
      [field(podsOf("rke2").get(name), "volumes")].flat().map((volume) => field(volume, "hostPath", "path"));
    assert.ok(mounted("kube-bench-node").includes("/var/lib/rancher/rke2/agent"));
    assert.ok(!mounted("kube-bench-node").includes("/var/lib/rancher/rke2/server"));
    assert.ok(mounted("kube-bench-master").includes("/var/lib/rancher/rke2/server"));
  });

  it("asks nothing of hosts with a read-only root that they do not have", () => {
    for (const distribution of ["eks", "aks", "gke"] as const) {
      const { node, master } = benchmarks[distribution];
      assert.equal(master, undefined, distribution);
      for (const path of ["/opt/cni/bin", "/lib/systemd", "/var/lib/cni"]) assert.ok(!node.paths.includes(path), path);
    }
  });

  for (const distribution of distributions) {
    it(`mounts every path once and read-only, nothing over its own programs: ${distribution}`, () => {
      for (const [name, pod] of podsOf(distribution)) {
        const [container] = [field(pod, "containers")].flat();
        const mounts = [field(container, "volumeMounts")].flat();
        const paths = mounts.map((mount) => String(field(mount, "mountPath")));
        assert.equal(new Set(paths).size, paths.length, name);
        assert.ok(!paths.some((path) => /^\/(usr\/)?(local\/)?s?bin$/.test(path)), name);
        const hostVolumes = [field(pod, "volumes")].flat().filter((volume) => field(volume, "hostPath") !== undefined);
        assert.ok(hostVolumes.length >= 3, name);
        for (const volume of hostVolumes) {
          const mount = mounts.find((each) => field(each, "name") === field(volume, "name"));
          assert.equal(field(mount, "readOnly"), true, `${name}: ${String(field(volume, "name"))}`);
        }
      }
    });
  }

  it("gives each path a name of its own that Kubernetes accepts", () => {
    const paths = Object.values(benchmarks).flatMap(({ node, master }) => [...node.paths, ...(master?.paths ?? [])]);
    const names = new Set([...new Set(paths)].map(volumeName));
    assert.equal(names.size, new Set(paths).size);
    for (const name of names) assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    assert.notEqual(mountPath("/usr/bin"), "/usr/bin");
  });
});
