import assert from "node:assert/strict";
import { ciliumPolicies } from "../../../components/network/cilium";
import { clusterDefaultDeny } from "../../../components/network/cluster-deny";
import type { Flow, Peer } from "../../../suite/flow";
import { flows } from "../../../suite/flows";
import type { CiliumEgressRule, CiliumNetworkPolicyManifest } from "../../../components/network/manifest";
import { networkPolicies } from "../../../components/network/policies";
import { networkObjects } from "../../../components/network/render";
import { ownedNamespaces } from "../../../components/network/resolve";
import type { NetworkInputSettings } from "../../../config/network";
import { apps } from "../../../suite/apps";
import { allows } from "./oracle";
import { base, everything, inputOf, namespaceOf } from "./world";

const cilium = (given: NetworkInputSettings): NetworkInputSettings => ({ ...given, cni: "cilium" });

function find(policies: readonly CiliumNetworkPolicyManifest[], name: string): CiliumNetworkPolicyManifest {
  const found = policies.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === name);
  assert.ok(found !== undefined, `no ${name} among ${policies.map(({ metadata }) => metadata.name).join()}`);
  return found;
}

const names = ({ toFQDNs = [] }: CiliumEgressRule): string[] =>
  toFQDNs.map((name) => ("matchName" in name ? name.matchName : name.matchPattern));

/** Against the schema of Cilium's own CRDs. The package is ECMAScript modules only. */
async function assertCilium(object: unknown): Promise<void> {
  const { CiliumNetworkPolicy } = await import("@kubernetes-models/cilium/cilium.io/v2/CiliumNetworkPolicy");
  const { CiliumClusterwideNetworkPolicy } =
    await import("@kubernetes-models/cilium/cilium.io/v2/CiliumClusterwideNetworkPolicy");
  if (CiliumNetworkPolicy.is(object)) new CiliumNetworkPolicy(object).validate();
  else if (CiliumClusterwideNetworkPolicy.is(object)) new CiliumClusterwideNetworkPolicy(object).validate();
  else assert.fail("neither of Cilium's policies");
}

describe("with Cilium", () => {
  it("egress to a named host is by name, through the DNS proxy, and no longer by range", () => {
    const input = inputOf(cilium(everything));
    const { spec } = find(ciliumPolicies(flows, input), "mijnbureau-clamav/allow-clamav");
    const [dns, signatures, ...rest] = spec.egress ?? [];
    assert.deepEqual(rest, []);
    assert.deepEqual(dns?.toEndpoints, [
      { matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } },
    ]);
    assert.deepEqual(dns.toPorts, [
      { ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } },
    ]);
    assert.ok(signatures !== undefined);
    assert.deepEqual(names(signatures), ["database.clamav.net"]);
    assert.deepEqual(signatures.toPorts, [{ ports: [{ port: "443", protocol: "TCP" }] }]);
    const from = { namespace: namespaceOf("clamav"), labels: apps.clamav.workloads.clamav.pods.labels };
    const connection = { from, to: { ip: "203.0.113.7" }, port: 443, protocol: "TCP" as const };
    assert.ok(!allows(networkPolicies(flows, input), connection));
    assert.ok(allows(networkPolicies(flows, inputOf(everything)), connection));
  });

  it("each name keeps the ports of its own flow", () => {
    const { spec } = find(ciliumPolicies(flows, inputOf(cilium(everything))), "mijnbureau-nextcloud/allow-nextcloud");
    const byPorts = (spec.egress ?? [])
      .filter(({ toFQDNs }) => toFQDNs !== undefined)
      .map(
        (rule) => `${names(rule).join()} ${rule.toPorts.flatMap(({ ports }) => ports.map(({ port }) => port)).join()}`,
      );
    assert.deepEqual(byPorts.sort(), [
      "*.githubusercontent.com,apps.nextcloud.com,github.com 80,443",
      "mail.example.nl 587",
    ]);
  });

  it("hosts that cannot be listed stay a guarded range", () => {
    const input = inputOf(cilium(everything));
    const from = { namespace: namespaceOf("element"), labels: apps.element.workloads.synapse.pods.labels };
    const policies = networkPolicies(flows, input);
    assert.ok(allows(policies, { from, to: { ip: "203.0.113.7" }, port: 8448, protocol: "TCP" }));
    assert.ok(!allows(policies, { from, to: { ip: "169.254.169.254" }, port: 443, protocol: "TCP" }));
  });

  it("the API server and nodes are known by identity, in both directions", () => {
    const pods = { name: "webhook", labels: { app: "webhook" } };
    const webhook: Peer = { kind: "operator", namespace: "kyverno", pods };
    const own: Flow[] = [
      { from: { kind: "kubeApi" }, to: webhook, ports: [9443], why: "webhooks", source: "test" },
      { from: webhook, to: { kind: "nodes" }, ports: [10250], why: "kubelets", source: "test" },
      { from: webhook, to: { kind: "kubeApi" }, why: "objects", source: "test" },
    ];
    const input = { ...inputOf(cilium({ ...base, nodeCidrs: [] })), operatorNamespaces: ["kyverno"] };
    const { spec } = find(ciliumPolicies(own, input), "kyverno/allow-webhook");
    assert.deepEqual(spec.ingress, [
      { fromEntities: ["kube-apiserver", "remote-node"], toPorts: [{ ports: [{ port: "9443", protocol: "TCP" }] }] },
    ]);
    assert.deepEqual(spec.egress, [
      {
        toEntities: ["kube-apiserver"],
        toPorts: [
          {
            ports: [
              { port: "443", protocol: "TCP" },
              { port: "6443", protocol: "TCP" },
            ],
          },
        ],
      },
      { toEntities: ["host", "remote-node"], toPorts: [{ ports: [{ port: "10250", protocol: "TCP" }] }] },
    ]);
    assert.deepEqual(
      networkPolicies(own, input)
        .filter(({ metadata }) => metadata.namespace === "kyverno")
        .map(({ metadata }) => metadata.name),
      ["default-allow-dns", "default-deny"],
    );
  });

  it("a host without ranges is enough", () => {
    const input = inputOf(cilium({ ...base, smtp: { host: "mail.example.nl" } }));
    const { spec } = find(ciliumPolicies(flows, input), "mijnbureau-docs/allow-celery-worker");
    assert.deepEqual((spec.egress ?? []).flatMap(names), ["mail.example.nl"]);
  });

  it("objects fit the schema of Cilium's CRDs, and are left out where another plugin is in use", async () => {
    const input = inputOf(cilium(everything));
    const objects = ciliumPolicies(flows, input);
    assert.ok(objects.length > 5);
    for (const object of objects) await assertCilium(object);
    await assert.rejects(
      assertCilium({ ...objects[0], spec: { endpointSelector: {}, egress: [{ toFQDNs: "example.nl" }] } }),
    );
    assert.deepEqual(ciliumPolicies(flows, inputOf(everything)), []);
    assert.deepEqual(ciliumPolicies(flows, inputOf({ ...everything, cni: "calico" })), []);
  });
});

describe("the cluster-scoped default deny", () => {
  it("of Cilium covers the stack's own namespaces, or all but the exempt ones", async () => {
    const own = clusterDefaultDeny(inputOf(cilium(base), ["docs", "drive"]));
    const [policy] = own;
    assert.deepEqual(own, [policy]);
    assert.ok(policy?.kind === "CiliumClusterwideNetworkPolicy");
    assert.deepEqual(policy.spec.endpointSelector.matchExpressions, [
      { key: "k8s:io.kubernetes.pod.namespace", operator: "In", values: ["mijnbureau-docs", "mijnbureau-drive"] },
    ]);
    assert.deepEqual([policy.spec.ingress, policy.spec.egress], [[{}], [{}]]);
    await assertCilium(policy);
    const [wide] = clusterDefaultDeny(inputOf(cilium({ ...base, clusterDefaultDeny: "cluster" })));
    assert.ok(wide?.kind === "CiliumClusterwideNetworkPolicy");
    const [expression] = wide.spec.endpointSelector.matchExpressions ?? [];
    assert.equal(expression?.operator, "NotIn");
    for (const namespace of ["kube-system", "traefik", "monitoring"]) assert.ok(expression.values?.includes(namespace));
    assert.ok(!expression.values?.includes("mijnbureau-docs"));
  });

  it("of Calico comes after Kubernetes' own policies", () => {
    const [policy] = clusterDefaultDeny(inputOf({ ...base, cni: "calico" }, ["docs"]));
    assert.ok(policy?.kind === "GlobalNetworkPolicy");
    assert.ok(policy.spec.order > 1000);
    assert.equal(policy.spec.namespaceSelector, 'projectcalico.org/name in {"mijnbureau-docs"}');
    assert.deepEqual(policy.spec.types, ["Ingress", "Egress"]);
    const [wide] = clusterDefaultDeny(
      inputOf({ ...base, cni: "calico", clusterDefaultDeny: "cluster", exemptNamespaces: ["kube-system"] }),
    );
    assert.ok(wide?.kind === "GlobalNetworkPolicy");
    assert.equal(
      wide.spec.namespaceSelector,
      'projectcalico.org/name not in {"cnpg-system", "kube-system", "monitoring", "traefik"}',
    );
  });

  it("never exempts a namespace of the stack", () => {
    const settings: NetworkInputSettings = { ...base, cni: "calico", clusterDefaultDeny: "cluster" };
    const [policy] = clusterDefaultDeny({ ...inputOf(settings), operatorNamespaces: ["monitoring"] });
    assert.ok(policy?.kind === "GlobalNetworkPolicy");
    assert.ok(!policy.spec.namespaceSelector.includes("monitoring"));
  });

  it("is left out where the plugin has none, or the settings say so", () => {
    assert.deepEqual(clusterDefaultDeny(inputOf(base)), []);
    assert.deepEqual(clusterDefaultDeny(inputOf({ ...base, cni: "calico", clusterDefaultDeny: "off" })), []);
    assert.deepEqual(clusterDefaultDeny(inputOf({ ...base, cni: "calico" }, [])), []);
  });
});

describe("network objects", () => {
  it("are every policy, by the namespace that it is for", () => {
    const input = { ...inputOf(cilium(everything)), operatorNamespaces: ["kyverno"] };
    const { byNamespace, clusterWide, unaddressed } = networkObjects(flows, input);
    assert.deepEqual([...byNamespace.keys()], ownedNamespaces(input));
    const all = [...byNamespace].flatMap(([namespace, manifests]) => {
      for (const { metadata } of manifests) assert.equal(metadata.namespace, namespace);
      const basics = manifests.map(({ metadata }) => metadata.name);
      assert.ok(basics.includes("default-deny") && basics.includes("default-allow-dns"), namespace);
      return manifests;
    });
    const keyOf = ({ kind, metadata: { namespace, name } }: (typeof all)[number]): string =>
      [kind, namespace, name].join(" ");
    const computed = [...networkPolicies(flows, input), ...ciliumPolicies(flows, input)];
    assert.deepEqual(all.map(keyOf).sort(), computed.map(keyOf).sort());
    assert.deepEqual(clusterWide, clusterDefaultDeny(input));
    assert.deepEqual(unaddressed, []);
  });

  it("all carry the platform's label, which the suite's deployer may not touch", () => {
    const { byNamespace, clusterWide } = networkObjects(flows, inputOf(cilium(everything)));
    for (const { metadata } of [...[...byNamespace.values()].flat(), ...clusterWide]) {
      assert.equal(metadata.labels["mijnbureau-platform/managed"], "true", metadata.name);
    }
  });
});
