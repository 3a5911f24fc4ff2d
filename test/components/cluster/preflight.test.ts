import assert from "node:assert/strict";
import { preflight, type ClusterFacts, type Expectations } from "../../../components/cluster/facts";
import { awsFacts, calicoFacts, ciliumFacts } from "../../../components/cluster/network-plugin";

const gvisor = { "mijnbureau-platform/runtime-gvisor": "true" };

const expected: Expectations = {
  minimumVersion: "1.33",
  podSecurityVersion: "v1.33",
  cni: "cilium",
  zones: ["a"],
  simulatedNodes: false,
  namespaces: [{ key: "apps.docs.namespace", name: "docs" }],
  installs: [
    { operator: "kyverno", release: "kyverno", configurations: ["ValidatingWebhookConfiguration/kyverno-policy"] },
  ],
  runtimeHandlers: [{ key: "apps.docs.runtimeClass", handler: "runsc", nodeSelector: gvisor }],
};

/** As Amazon's chart renders it (aws/amazon-vpc-cni-k8s, charts/aws-vpc-cni/templates/daemonset.yaml). */
const awsPlugin = (version: string, enforcing = true): ReturnType<typeof awsFacts> => {
  const agent = {
    name: "aws-eks-nodeagent",
    image: `602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon/aws-network-policy-agent${version}`,
    args: ["--enable-ipv6=false", `--enable-network-policy=${String(enforcing)}`],
  };
  const containers = [{ name: "aws-node", image: "amazon-k8s-cni:v1.0.0", args: [] }, agent];
  return awsFacts({ spec: { template: { spec: { containers } } } });
};
const aws = (version: string, enforcing = true): Partial<ClusterFacts> => ({
  daemonSets: ["aws-node"],
  networkPlugin: awsPlugin(version, enforcing),
});

const node: ClusterFacts["nodes"][number] = {
  name: "n",
  zone: "a",
  controlPlane: false,
  architecture: "amd64",
  labels: gvisor,
  runtimeHandlers: ["runc", "runsc"],
};

const good: ClusterFacts = {
  version: "v1.36.3",
  customResources: new Map(),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [node],
  daemonSets: ["cilium"],
  networkPlugin: ciliumFacts({ "enable-wireguard": "true", "prometheus-serve-addr": ":9962" }),
  admissionResources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
};

describe("the preflight", () => {
  it("has nothing to say of a cluster that has everything", () => {
    assert.deepEqual(preflight(expected, good), { errors: [], warnings: [] });
  });

  it("says nothing of other people's roles, webhooks and releases", () => {
    const foreign = [
      { kind: "ClusterRole", name: "kyverno-policy" },
      { kind: "ValidatingWebhookConfiguration", name: "other", release: { name: "other", namespace: "kyverno" } },
    ];
    assert.deepEqual(preflight(expected, { ...good, foreign }), { errors: [], warnings: [] });
  });

  it("takes Amazon's plugin with an agent that keeps pods from the metadata service", () => {
    for (const version of [":v1.0.4-eksbuild.1", ":v1.4.2", ":v1.10.0-eksbuild.2@sha256:0123"])
      assert.deepEqual(preflight({ ...expected, cni: "other" }, { ...good, ...aws(version) }), {
        errors: [],
        warnings: [],
      });
  });

  const errors: readonly [string, Partial<ClusterFacts>, RegExp][] = [
    ["an old API server", { version: "v1.31.0" }, /older than cluster\.minimumVersion[^]*podSecurity\.version/],
    [
      "an API server without admission policies",
      { admissionResources: [] },
      /does not serve validatingadmissionpolicies/,
    ],
    ["a plugin that enforces nothing", { daemonSets: ["kube-flannel-ds"] }, /flannel does not enforce NetworkPolicy/],
    ["Cilium told to enforce nothing", { networkPlugin: ciliumFacts({ "enable-policy": "never" }) }, /never\)/],
    ["Amazon's plugin with its agent off", aws(":v1.4.2", false), /its policy agent is off.*enableNetworkPolicy/],
    [
      "an agent of Amazon's that lets pods reach the metadata service",
      aws(":v1.0.3-eksbuild.1"),
      /v1\.0\.3-eksbuild\.1, which ignores exceptions.*1\.0\.4 or newer/,
    ],
    [
      "somebody else's namespace",
      { namespaces: new Map([["docs", false]]) },
      /"docs" exists and is not the platform's/,
    ],
    [
      "an operator that Helm installed under the same name",
      {
        foreign: [{ kind: "ClusterRole", name: "kyverno:admin", release: { name: "kyverno", namespace: "policies" } }],
      },
      /operators\.kyverno: installed already.*ClusterRole kyverno:admin \(Helm release kyverno in namespace policies\)/,
    ],
    [
      "an operator that is there by its webhooks",
      { foreign: [{ kind: "ValidatingWebhookConfiguration", name: "kyverno-policy" }] },
      /operators\.kyverno: installed already.*ValidatingWebhookConfiguration kyverno-policy\./,
    ],
    [
      "nodes without the sandbox's runtime",
      {
        nodes: [{ ...node, runtimeHandlers: ["runc"] }],
      },
      /no node has the runtime handler "runsc"/,
    ],
    [
      "nodes that have it and not the label by which pods find it",
      { nodes: good.nodes.map((node) => ({ ...node, labels: {} })) },
      /runtimeClass: no node with the runtime handler "runsc" has the label mijnbureau-platform\/runtime-gvisor=true/,
    ],
    [
      "nodes without the label where none says which handlers it has",
      { nodes: good.nodes.map((node) => ({ ...node, labels: {}, runtimeHandlers: [] })) },
      /has the label mijnbureau-platform\/runtime-gvisor=true/,
    ],
  ];
  for (const [what, change, message] of errors) {
    it(`refuses ${what}`, () => {
      assert.match(preflight(expected, { ...good, ...change }).errors.join("\n"), message);
    });
  }

  const warnings: readonly [string, Partial<ClusterFacts>, RegExp][] = [
    [
      "Cilium without encryption",
      { networkPlugin: ciliumFacts({ "prometheus-serve-addr": ":9962" }) },
      /encryption\.type=wireguard/,
    ],
    ["Cilium without metrics", { networkPlugin: ciliumFacts({ "enable-ipsec": "true" }) }, /prometheus\.enabled=true/],
    [
      "Calico without encryption",
      { networkPlugin: calicoFacts({ prometheusMetricsEnabled: true }) },
      /wireguardEnabled: true/,
    ],
    [
      "Calico without metrics",
      { networkPlugin: calicoFacts({ wireguardEnabled: true }) },
      /prometheusMetricsEnabled: true/,
    ],
    [
      "another plugin than configured",
      { daemonSets: ["calico-node"] },
      /"cilium" is configured, but the cluster runs calico/,
    ],
    ["an unknown plugin", { daemonSets: [] }, /not recognised/],
    [
      "an agent of Amazon's that does not say its version",
      { networkPlugin: awsPlugin("@sha256:0123") },
      /1\.0\.4 or newer/,
    ],
    ["a zone without nodes", { nodes: [{ ...node, zone: "b" }] }, /no node in zone a/],
  ];
  for (const [what, change, message] of warnings) {
    it(`warns of ${what}, once`, () => {
      const found = preflight(expected, { ...good, ...change });
      assert.deepEqual(found.errors, []);
      const [warning = "", ...others] = found.warnings;
      assert.match(warning, message);
      assert.deepEqual(others, []);
    });
  }
});
