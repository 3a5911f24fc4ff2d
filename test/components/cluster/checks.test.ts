import assert from "node:assert/strict";
import { checksOf, type Check, type Counted } from "../../../components/cluster/checks";
import { measure, type Measured } from "../../../components/cluster/measure";
import type { Answer, Send } from "../../../components/cluster/webhooks";
import { foreignWorkloads } from "../../../components/cluster/dedicated";
import { countedOf, knownNamespaces } from "../../../components/counted";
import { parseConfig } from "../../../components/settings";
import { stackConfig, stackKeys } from "../../../components/stack-file";

const GI = 2 ** 30;
const counted: Counted = {
  storage: { name: "encrypted" },
  snapshots: true,
  edge: { kind: "IngressClass", name: "traefik" },
  issuer: "public",
  secretStore: "openbao/openbao",
  requests: { cpu: 10, memory: 40 * GI },
};

const node = (name: string, kubelet = "v1.36.0") => ({
  metadata: { name },
  spec: {},
  status: { allocatable: { cpu: "3800m", memory: "16Gi" }, nodeInfo: { kubeletVersion: kubelet } },
});
const items = (...all: object[]) => ({ items: all });
const service = (namespace: string, name: string, type = "ClusterIP", addresses = 0) => ({
  metadata: { namespace, name },
  spec: { type },
  status: { loadBalancer: addresses === 0 ? {} : { ingress: Array(addresses).fill({ ip: "192.0.2.1" }) } },
});
const metric = (prefix: string, count: number) =>
  `apiserver_storage_transformation_operations_total{resource="secrets",status="OK",transformation_type="to_storage",transformer_prefix="${prefix}"} ${count}\n`;

const PATHS = {
  nodes: "/api/v1/nodes",
  classes: "/apis/storage.k8s.io/v1/storageclasses",
  drivers: "/apis/storage.k8s.io/v1/csidrivers",
  snapshots: "/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses",
  ingress: "/apis/networking.k8s.io/v1/ingressclasses",
  services: "/api/v1/services",
  issuers: "/apis/cert-manager.io/v1/clusterissuers",
  metrics: "/metrics",
} as const;

/** A cluster that has everything. */
const good: Readonly<Record<string, unknown>> = {
  "/version": { gitVersion: "v1.36.3" },
  [PATHS.nodes]: items(node("a"), node("b"), node("c")),
  [PATHS.classes]: items({
    metadata: { name: "encrypted", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "csi.example",
  }),
  [PATHS.drivers]: items({ metadata: { name: "csi.example" } }),
  [PATHS.snapshots]: items({ metadata: { name: "s" }, driver: "csi.example" }),
  [PATHS.ingress]: items({ metadata: { name: "traefik" } }),
  [PATHS.services]: items(service("openbao", "openbao"), service("traefik", "traefik", "LoadBalancer", 1)),
  [PATHS.issuers]: items({
    metadata: { name: "public" },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  }),
  [PATHS.metrics]: metric("k8s:enc:kms:v2:key:", 3),
};

/** An API server of these answers; text as it is, everything else as JSON, a number as a status without content. */
const server =
  (answers: Readonly<Record<string, unknown>>): Send =>
  (_method, path) => {
    const answer = answers[path] ?? 404;
    const given: Answer =
      typeof answer === "number"
        ? { status: answer, body: "" }
        : { status: 200, body: typeof answer === "string" ? answer : JSON.stringify(answer) };
    return Promise.resolve(given);
  };
const seen = (changes: Readonly<Record<string, unknown>> = {}): Promise<Measured> =>
  measure(server({ ...good, ...changes }));
const answers = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ check, answer }) => [check, answer]));

describe("preflight's questions", () => {
  it("are all answered yes on a cluster that has everything", async () => {
    const checks = checksOf(counted, await seen());
    assert.deepEqual([...new Set(checks.map(({ answer }) => answer))], ["yes"], JSON.stringify(checks));
  });

  const class_ = (name: string, isDefault: boolean) =>
    items({
      metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
      provisioner: "csi.example",
    });
  const flipped: readonly [check: string, what: string, changes: Readonly<Record<string, unknown>>, remedy: RegExp][] =
    [
      [
        "version skew",
        "a kubelet too old",
        { [PATHS.nodes]: items(node("a"), node("b"), node("c", "v1.32.9")) },
        /Upgrade these nodes/,
      ],
      [
        "version skew",
        "a kubelet newer",
        { [PATHS.nodes]: items(node("a"), node("b"), node("c", "v1.37.0")) },
        /Upgrade these nodes/,
      ],
      [
        "Secrets encrypted at rest",
        "no provider",
        { [PATHS.metrics]: metric("k8s:enc:x", 0) },
        /EncryptionConfiguration/,
      ],
      [
        "Secrets encrypted at rest",
        "other prefix",
        { [PATHS.metrics]: metric("identity", 9) },
        /EncryptionConfiguration/,
      ],
      ["StorageClass", "another class", { [PATHS.classes]: class_("other", true) }, /operators\.storage\.class/],
      ["StorageClass", "not the default", { [PATHS.classes]: class_("encrypted", false) }, /Annotate it/],
      ["VolumeSnapshotClass", "another driver", { [PATHS.snapshots]: items({ driver: "x" }) }, /snapshotClass/],
      ["VolumeSnapshotClass", "no such kind", { [PATHS.snapshots]: 404 }, /snapshotClass/],
      ["ingress controller", "another class", { [PATHS.ingress]: items({ metadata: { name: "nginx" } }) }, /className/],
      [
        "load balancer",
        "one that waits",
        { [PATHS.services]: items(service("openbao", "openbao"), service("t", "t", "LoadBalancer")) },
        /MetalLB/,
      ],
      ["public issuer", "no such issuer", { [PATHS.issuers]: items() }, /platform-acme/],
      ["public issuer", "not ready", { [PATHS.issuers]: items({ metadata: { name: "public" } }) }, /kubectl describe/],
      ["public issuer", "no cert-manager", { [PATHS.issuers]: 404 }, /once cert-manager runs/],
      [
        "secret store",
        "no Service",
        { [PATHS.services]: items(service("t", "t", "LoadBalancer", 1)) },
        /Install OpenBao/,
      ],
      ["capacity", "one node", { [PATHS.nodes]: items(node("a")) }, /Add nodes/],
      [
        "capacity",
        "nodes that take no pods",
        {
          [PATHS.nodes]: items(
            node("a"),
            { ...node("b"), spec: { unschedulable: true } },
            { ...node("c"), spec: { taints: [{ effect: "NoSchedule" }] } },
          ),
        },
        /Add nodes/,
      ],
    ];
  for (const [check, what, changes, remedy] of flipped) {
    it(`${check}: no with ${what}, with what to do, and nothing else changes`, async () => {
      const checks = checksOf(counted, await seen(changes));
      assert.deepEqual(
        checks.filter(({ answer }) => answer === "no").map((each) => each.check),
        [check],
      );
      assert.match(checks.find((each) => each.check === check)?.remedy ?? "", remedy);
    });
  }

  it("have a row above each: none has never been seen to say no", async () => {
    const all = checksOf(counted, await seen()).map(({ check }) => check);
    assert.deepEqual([...new Set(flipped.map(([check]) => check))].sort(), all.sort());
  });

  it("are not visible where the credentials may not look, and say who can", async () => {
    const forbidden = Object.fromEntries(Object.keys(good).map((path) => [path, 403]));
    const checks = checksOf(counted, await seen(forbidden));
    for (const { check, answer, remedy } of checks) {
      assert.equal(answer, "not visible", check);
      assert.ok((remedy ?? "").length > 10, check);
    }
    assert.equal(
      answers(checksOf(counted, await seen({ [PATHS.metrics]: 403 })))["Secrets encrypted at rest"],
      "not visible",
    );
    const none = { [PATHS.services]: items(service("openbao", "openbao")) };
    assert.equal(answers(checksOf(counted, await seen(none)))["load balancer"], "not visible");
    assert.equal(
      answers(checksOf({ ...counted, secretStore: undefined }, await seen()))["secret store"],
      "not visible",
    );
  });

  it("ask for the driver where the stack makes the class, and for an issuer where none is named", async () => {
    const own: Counted = { ...counted, storage: { name: "platform-encrypted", driver: "csi.example" } };
    assert.equal(answers(checksOf(own, await seen()))["StorageClass"], "yes");
    const other: Counted = { ...own, storage: { name: "platform-encrypted", driver: "csi.other" } };
    assert.equal(answers(checksOf(other, await seen()))["StorageClass"], "no");
    assert.equal(answers(checksOf({ ...counted, issuer: undefined }, await seen()))["public issuer"], "no");
  });

  it("name the nodes whose kubelet has not reported yet", async () => {
    const nodes = items(node("a"), node("new", ""));
    const [skew] = checksOf(counted, await seen({ [PATHS.nodes]: nodes }));
    assert.deepEqual(
      [skew?.check, skew?.answer, skew?.detail],
      ["version skew", "not visible", "kubelets have not reported yet: new"],
    );
  });
});

describe("a cluster that is said to be the stack's own", () => {
  const known = { namespaces: ["kube-system", "velero"], prefixes: ["openshift-"] };
  const pod = (namespace: string, name: string) => ({ metadata: { namespace, name } });
  /** As the API server selects by field. */
  const asked = (pods: readonly ReturnType<typeof pod>[], more: object = {}): Promise<Check> =>
    foreignWorkloads((_method, path) => {
      const selector = new URL(path, "https://cluster").searchParams.get("fieldSelector") ?? "";
      const left = pods.filter(
        ({ metadata }) => !selector.split(",").includes(`metadata.namespace!=${metadata.namespace}`),
      );
      return Promise.resolve({ status: 200, body: JSON.stringify({ metadata: more, items: left }) });
    }, known);
  const ours = [pod("kube-system", "coredns"), pod("velero", "velero"), pod("openshift-dns", "dns")];

  it("is so where no pod is elsewhere, and names whose pods are", async () => {
    assert.equal((await asked(ours)).answer, "yes");
    const shop = ["a", "b", "c", "d", "e"].map((name) => pod("webshop", name));
    const check = await asked([...ours, ...shop, pod("build", "runner")]);
    assert.deepEqual([check.answer, check.detail], ["no", "build (runner), webshop (a, b, c and 2 more)"]);
    assert.match(check.remedy ?? "", /network\.exemptNamespaces/);
    assert.match((await asked([...ours, ...shop], { continue: "x" })).detail, /, and others$/);
  });

  it("is not visible without the right to list all pods, and says who has it", async () => {
    const check = await foreignWorkloads(() => Promise.resolve({ status: 403, body: "{}" }), known);
    assert.equal(check.answer, "not visible");
    assert.match(check.remedy ?? "", /cluster-wide read access/);
  });

  it("is one by either of two keys, with the namespaces of the stack, the router, DNS and the secret store", () => {
    const keys = stackKeys(".", "prod-nl-north");
    const of = (cluster: object, network: object) =>
      knownNamespaces(
        parseConfig({
          ...keys,
          cluster: { ...Object(keys["cluster"]), ...cluster },
          network: { ...Object(keys["network"]), ...network },
        }),
        ["velero"],
      );
    assert.equal(of({}, { clusterDefaultDeny: "platform" }), undefined);
    const dedicated = of({ dedicated: true }, { clusterDefaultDeny: "platform", exemptNamespaces: ["metallb-system"] });
    assert.deepEqual(dedicated, {
      namespaces: ["kube-system", "metallb-system", "openbao", "traefik", "velero"],
      prefixes: [],
    });
    assert.deepEqual(of({ distribution: "openshift" }, { clusterDefaultDeny: "cluster" })?.prefixes, ["openshift-"]);
  });
});

describe("what a stack counts on", () => {
  it("follows from its file", () => {
    const prod = countedOf(stackConfig(".", "prod-nl-north"));
    assert.deepEqual(prod.storage, { name: "platform-encrypted", driver: "cinder.csi.openstack.org" });
    assert.deepEqual([prod.edge, prod.issuer], [{ kind: "IngressClass", name: "traefik" }, "public"]);
    assert.equal(prod.secretStore, "openbao/openbao");
    const { cpu, memory } = prod.requests;
    assert.ok(cpu > 50 && cpu < 200 && memory > 80 * GI && memory < 400 * GI, `${cpu} ${memory}`);
    const rke2 = countedOf(stackConfig("examples", "rke2"));
    assert.deepEqual(rke2.storage, { name: "longhorn-encrypted" });
    assert.equal(rke2.secretStore, undefined);
  });
});
