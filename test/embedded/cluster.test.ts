import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clusterDown,
  clusterReset,
  clusterStatus,
  clusterUp,
  type RunningCluster,
  type UpOptions,
} from "../../embedded/cluster";
import { ApiError, at, KubeClient, type KubeObject, type ObjectRef } from "../../lib/kube/client";
import { COMPONENTS, type Binaries } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { processIdentity } from "../../embedded/cluster/identity";
import { NETWORK, STORAGE_CLASS, ZONES } from "../../embedded/cluster/network";
import { needTools } from "../support/needs";

const NAMESPACE = "sample";
const container = {
  name: "main",
  image: "registry.example.test/sample:1",
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};
const pod = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container],
};
const labels = { app: "sample" };

describe("embedded cluster", function () {
  this.timeout(180_000);
  let dir = "";
  let binaries: Binaries;
  let cluster: RunningCluster;
  let client: KubeClient;

  const options = (): UpOptions => ({ dir, binaries });
  const eventually = async (what: string, check: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> => {
    const deadline = Date.now() + timeoutMs;
    while (!(await check())) {
      assert.ok(Date.now() < deadline, `not in time: ${what}`);
      await sleep(150);
    }
  };
  const condition = async (ref: ObjectRef, type: string): Promise<unknown> => {
    const conditions = at(await client.get(ref), "status", "conditions");
    const all = Array.isArray(conditions) ? Array.from<unknown>(conditions) : [];
    return at(
      all.find((entry) => at(entry, "type") === type),
      "status",
    );
  };
  const create = async (object: KubeObject): Promise<ObjectRef> => {
    const { apiVersion, kind, metadata } = await client.create(object);
    return { apiVersion, kind, name: metadata.name ?? "", namespace: metadata.namespace };
  };

  before(async function () {
    this.timeout(45 * 60_000); // where nothing is cached, the tools are built first
    dir = mkdtempSync(join(tmpdir(), "embedded-"));
    binaries = await needTools(this, ...COMPONENTS);
    // Two starts at once: the second waits, and then finds nothing to do.
    const [first, second] = await Promise.all([clusterUp(options()), clusterUp(options())]);
    assert.deepEqual([first.changed, second.changed].sort(), [false, true]);
    cluster = first;
    client = KubeClient.fromKubeconfig(cluster.kubeconfig);
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  });
  after(async () => {
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  it("has ready nodes in three zones and a control plane that takes no ordinary pods", async () => {
    const nodes = await client.list({ apiVersion: "v1", kind: "Node" });
    const isControlPlane = (node: KubeObject): boolean =>
      node.metadata.labels?.["node-role.kubernetes.io/control-plane"] === "";
    const zones = nodes
      .filter((node) => !isControlPlane(node))
      .map((n) => n.metadata.labels?.["topology.kubernetes.io/zone"]);
    assert.deepEqual([...new Set(zones)].sort(), [...ZONES]);
    const [controlPlane, ...others] = nodes.filter(isControlPlane);
    assert.equal(others.length, 0);
    assert.equal(at(controlPlane, "spec", "taints", 0, "effect"), "NoSchedule");
    for (const node of nodes) {
      assert.equal(await condition({ ...node, name: node.metadata.name ?? "" }, "Ready"), "True");
      assert.match(String(at(node, "spec", "podCIDR")), /^10\.244\./);
    }
  });

  it("runs a Deployment's pods, spread by their constraints, with addresses of the pod network", async () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: labels },
    };
    const deployment = await create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: NAMESPACE },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...pod,
            topologySpreadConstraints: [constraint],
            initContainers: [
              { ...container, name: "once" },
              { ...container, name: "sidecar", restartPolicy: "Always" },
            ],
          },
        },
      },
    });
    await eventually("Deployment available", async () => (await condition(deployment, "Available")) === "True");
    await eventually(
      "three ready replicas",
      async () => at(await client.get(deployment), "status", "readyReplicas") === 3,
    );
    const pods = await client.list(
      { apiVersion: "v1", kind: "Pod" },
      { namespace: NAMESPACE, labelSelector: "app=sample" },
    );
    const addresses = pods.map((found) => String(at(found, "status", "podIP")));
    assert.equal(new Set(addresses).size, 3);
    for (const address of addresses) assert.match(address, /^10\.244\./);
    const zones = pods.map((found) => String(at(found, "spec", "nodeName")).replace(/-worker-\d$/, ""));
    assert.deepEqual(zones.sort(), [...ZONES]);
  });

  it("gives pods back the readiness that a silent node has cost them", async () => {
    const ref = await create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "silenced", namespace: NAMESPACE },
      spec: pod,
    });
    await eventually("pod ready", async () => (await condition(ref, "Ready")) === "True");
    // As the node lifecycle controller does it.
    const conditions = at(await client.get(ref), "status", "conditions");
    assert.ok(Array.isArray(conditions));
    const silenced = Array.from<unknown>(conditions).map((each) =>
      at(each, "type") === "Ready" ? { type: "Ready", status: "False" } : each,
    );
    await client.patch(ref, { status: { conditions: silenced } }, { subresource: "status" });
    await eventually("pod ready again", async () => (await condition(ref, "Ready")) === "True", 20_000);
    assert.equal(await condition(ref, "Initialized"), "True", "the other conditions stay");
  });

  it("binds volume claims of the default class, now and when a pod comes, and frees them", async () => {
    const claim = (name: string, extra: object): Promise<ObjectRef> =>
      create({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name, namespace: NAMESPACE },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...extra },
      });
    const phase = async (ref: ObjectRef): Promise<unknown> => at(await client.get(ref), "status", "phase");
    const data = await claim("data", {});
    await eventually("claim bound", async () => (await phase(data)) === "Bound");
    assert.equal(at(await client.get(data), "spec", "storageClassName"), STORAGE_CLASS);

    const { metadata, ...rest } = await client.get({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      name: STORAGE_CLASS,
    });
    assert.equal(metadata.annotations?.["storageclass.kubernetes.io/is-default-class"], "true");
    await client.create({ ...rest, metadata: { name: "late" }, volumeBindingMode: "WaitForFirstConsumer" });
    const late = await claim("late", { storageClassName: "late" });
    await create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "user", namespace: NAMESPACE },
      spec: { ...pod, volumes: [{ name: "late", persistentVolumeClaim: { claimName: "late" } }] },
    });
    await eventually("late claim bound", async () => (await phase(late)) === "Bound");

    const volume: ObjectRef = {
      apiVersion: "v1",
      kind: "PersistentVolume",
      name: String(at(await client.get(data), "spec", "volumeName")),
    };
    await client.delete(data);
    await eventually("volume gone", async () => (await client.find(volume)) === undefined);
  });

  it("completes a Job", async () => {
    const job = await create({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "once", namespace: NAMESPACE },
      spec: { completions: 2, parallelism: 2, template: { spec: { ...pod, restartPolicy: "Never" } } },
    });
    await eventually("Job complete", async () => (await condition(job, "Complete")) === "True");
  });

  it("removes a deleted pod, and gives a load balancer an address", async () => {
    const ref = { apiVersion: "v1", kind: "Pod", name: "short", namespace: NAMESPACE };
    const metadata = { name: ref.name, namespace: NAMESPACE };
    await client.create({ apiVersion: "v1", kind: "Pod", metadata, spec: pod });
    await client.delete(ref);
    await eventually("pod gone", async () => (await client.find(ref)) === undefined);
    const service = await create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "edge", namespace: NAMESPACE },
      spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 443 }] },
    });
    await eventually(
      "address",
      async () => at(await client.get(service), "status", "loadBalancer", "ingress", 0) !== undefined,
    );
  });

  it("has cluster DNS where policies look for it, and the API server where they allow it", async () => {
    const dns = await client.get({ apiVersion: "v1", kind: "Service", name: "kube-dns", namespace: "kube-system" });
    assert.equal(at(dns, "spec", "clusterIP"), NETWORK.dnsService);
    const coredns = { apiVersion: "apps/v1", kind: "Deployment", name: "coredns", namespace: "kube-system" };
    await eventually("CoreDNS available", async () => (await condition(coredns, "Available")) === "True");
    const slices = await client.list(
      { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
      { namespace: "default", labelSelector: "kubernetes.io/service-name=kubernetes" },
    );
    assert.deepEqual(at(slices[0], "endpoints", 0, "addresses"), [NETWORK.controlPlaneNode]);
  });

  it("enforces RBAC, Pod Security and admission policies, and says why in the API server's words", async () => {
    const nobody = client.asServiceAccount(NAMESPACE, "default");
    await assert.rejects(
      nobody.list({ apiVersion: "v1", kind: "Secret" }, { namespace: NAMESPACE }),
      (error: unknown) =>
        error instanceof ApiError && error.code === 403 && /cannot list resource "secrets"/.test(error.message),
    );
    const warnings: string[] = [];
    await client.patch(
      { apiVersion: "v1", kind: "Namespace", name: NAMESPACE },
      { metadata: { labels: { "pod-security.kubernetes.io/warn": "restricted" } } },
    );
    const bad: KubeObject = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "bad", namespace: NAMESPACE },
      spec: { containers: [{ name: "main", image: "x" }] },
    };
    await client.with({ onWarning: (text) => warnings.push(text) }).create(bad, { dryRun: true });
    assert.match(warnings.join("\n"), /would violate PodSecurity "restricted:latest"/);
    assert.equal(await client.find({ ...bad, name: "bad", namespace: NAMESPACE }), undefined);
    assert.equal(
      (await client.resourceType({ apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy" }))
        .namespaced,
      false,
    );
  });

  it("applies objects server-side and refuses unknown fields", async () => {
    const map = (data: Record<string, string>): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: NAMESPACE },
      data,
    });
    await client.apply(map({ a: "1" }));
    const changed = await client.apply(map({ b: "2" }));
    assert.deepEqual(changed["data"], { b: "2" });
    await assert.rejects(client.apply({ ...map({}), dta: {} }), /unknown field|field not declared/);
    await assert.rejects(
      client.get({ apiVersion: "no.such/v1", kind: "Thing", name: "x" }),
      /has no kind Thing in no.such\/v1/,
    );
  });

  it("writes who read a Secret to the audit log, never what it holds", async () => {
    const secret: KubeObject = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "credentials", namespace: NAMESPACE },
      stringData: { password: "not-for-the-log" },
    };
    const ref = await create(secret);
    await client.get(ref);
    const entries = (): string[] =>
      readFileSync(cluster.auditLog, "utf8")
        .split("\n")
        .filter((line) => line.includes('"credentials"'));
    await eventually("audit entry", () => Promise.resolve(entries().some((line) => line.includes('"verb":"get"'))));
    assert.ok(entries().every((line) => line.includes('"level":"Metadata"')));
    const log = readFileSync(cluster.auditLog, "utf8");
    assert.ok(!log.includes("not-for-the-log") && !log.includes(Buffer.from("not-for-the-log").toString("base64")));
  });

  it("stays below 1 GB", async () => {
    const { processes } = await clusterStatus({ dir });
    const total = processes.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
    assert.ok(total > 100 * 2 ** 20 && total < 2 ** 30, `${String(Math.round(total / 2 ** 20))} MB`);
  });

  it("keeps its objects over a stop, at the same address, and replaces a process that was killed", async () => {
    const before = await clusterStatus({ dir });
    const pids = before.processes.map(({ pid }) => pid ?? 0);
    assert.ok(before.up, before.problems.join(" "));
    client.close();
    assert.equal(await clusterDown({ dir }), true);
    for (const pid of pids) assert.equal(processIdentity(pid), undefined, `process ${String(pid)} still runs`);
    assert.equal((await clusterStatus({ dir })).up, false);

    const again = await clusterUp(options());
    assert.deepEqual([again.changed, again.server], [true, cluster.server]);
    client = KubeClient.fromKubeconfig(again.kubeconfig);
    await client.get({ apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: NAMESPACE });

    const scheduler = (await clusterStatus({ dir })).processes.find(({ name }) => name === "kube-scheduler");
    process.kill(scheduler?.pid ?? 0, "SIGKILL");
    await eventually("noticed", async () =>
      (await clusterStatus({ dir })).problems.some((text) => /kube-scheduler does not run; its log: /.test(text)),
    );
    assert.equal((await clusterUp(options())).changed, true);
    assert.equal((await clusterUp(options())).changed, false);
    assert.ok((await clusterStatus({ dir })).up);
  });

  it("starts KWOK again when it ends at its start, and quotes its log when it goes on doing so", async () => {
    const ending = join(dir, "ending-kwok");
    const endsOnce = `[ -e "${dir}/ended" ] && exec "${binaries.kwok}" "$@"\n: > "${dir}/ended"`;
    const refuse = (first: string): void => {
      writeFileSync(ending, `#!/bin/sh\n${first}\necho "fatal error: concurrent map writes" >&2\nexit 2\n`);
      chmodSync(ending, 0o755);
    };
    const start = (): Promise<RunningCluster> => clusterUp({ dir, binaries: { ...binaries, kwok: ending } });
    refuse(endsOnce);
    assert.equal((await start()).changed, true);
    assert.ok((await clusterStatus({ dir })).up);
    assert.ok(existsSync(join(dir, "ended")));

    refuse("");
    await assert.rejects(start, /kwok ended at its start\. Log: .*\n(.*\n)*fatal error: concurrent map writes/);
    assert.equal((await clusterUp(options())).changed, true);
  });
});
