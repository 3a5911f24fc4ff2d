import assert from "node:assert/strict";
import fc from "fast-check";
import { describePeer, singleFlows, type Flow, type Peer, type SingleFlow } from "../../../suite/flow";
import { flows } from "../../../suite/flows";
import type { NetworkPolicyManifest } from "../../../components/network/manifest";
import { networkPolicies, OPEN_ANNOTATION, WHY_ANNOTATION } from "../../../components/network/policies";
import { unaddressedFlows, type NetworkInput } from "../../../components/network/resolve";
import type { NetworkInputSettings } from "../../../config/network";
import { apps } from "../../../suite/apps";
import { appKeys } from "../../../suite/apps";
import { corpus, podTemplates } from "./corpus";
import { allows, inCidr, selects, type Endpoint, type Pod } from "./oracle";
import { appsOf, base, everything, inputOf, namespaceOf, probe, probes } from "./world";
import { needFile } from "../../support/needs";

const single = singleFlows(flows);
const postgresApps = [
  "conversations",
  "docs",
  "drive",
  "element",
  "grist",
  "keycloak",
  "meet",
  "nextcloud",
  "openproject",
] as const;

/** The same provider of postgres for every app that has one. */
const postgres = (
  value: NonNullable<NonNullable<NonNullable<NetworkInputSettings["datastores"]>["docs"]>["postgres"]>,
): NetworkInputSettings["datastores"] => Object.fromEntries(postgresApps.map((app) => [app, { postgres: value }]));

const externalStore = { provider: "external" as const, host: "db.example.nl", cidrs: ["192.0.2.64/28"], port: 15432 };

const worlds: Readonly<Record<string, NetworkInputSettings>> = {
  "the suite's own everything": everything,
  "the least settings": base,
  "without metrics": { ...everything, monitoring: { metrics: false } },
  CloudNativePG: {
    ...everything,
    datastores: postgres({ provider: "cnpg", backups: { host: "s3.example.nl", cidrs: ["192.0.2.80/28"] } }),
  },
  "external datastores": {
    ...everything,
    datastores: {
      ...postgres(externalStore),
      bureaublad: { redis: { provider: "external", host: "192.0.2.97", cidrs: ["192.0.2.97/32"] } },
      drive: { postgres: externalStore, s3: { provider: "external", host: "s3.example.nl", cidrs: ["192.0.2.98/32"] } },
    },
  },
  "external services": {
    ...everything,
    identityProvider: { host: "id.example.nl", cidrs: ["198.51.100.16/28"] },
    llm: { host: "llm.example.nl", cidrs: ["198.51.100.32/28"], port: 8443 },
    antivirus: { host: "av.example.nl", cidrs: ["198.51.100.48/28"] },
  },
};

const worldNames = Object.keys(worlds);
const world = fc.constantFrom(...worldNames).map((name) => worlds[name] ?? base);
const someApps = fc.subarray([...appKeys]);

const blocked = (flow: SingleFlow, input: NetworkInput, policies: readonly NetworkPolicyManifest[]): string[] => {
  const probed = probes(flow, input);
  if (probed === undefined) return [];
  const { from, to, ports } = probed;
  return ports.flatMap(({ protocol, first, last }) =>
    [first, last]
      .filter((port) => !allows(policies, { from, to, port, protocol }))
      .map((port) => `${describePeer(flow.from)} -> ${describePeer(flow.to)} ${port}/${protocol}`),
  );
};

/** Every peer that is selected or named in an object, of whatever depth. */
const peersOf = ({ spec }: NetworkPolicyManifest) => [
  ...(spec.ingress ?? []).flatMap(({ from }) => from ?? []),
  ...(spec.egress ?? []).flatMap(({ to }) => to ?? []),
];

const byName = (policies: readonly NetworkPolicyManifest[]) =>
  new Map(policies.map((policy) => [`${policy.metadata.namespace}/${policy.metadata.name}`, policy]));

type PolicyPeer = ReturnType<typeof peersOf>[number];

function assertBlock({ ipBlock, podSelector, namespaceSelector }: PolicyPeer, name: string): void {
  assert.equal(podSelector ?? namespaceSelector, undefined, name);
  for (const except of ipBlock?.except ?? []) {
    const [address = ""] = except.split("/");
    assert.ok(inCidr(address, ipBlock?.cidr ?? ""), `${name}: ${except} is not in ${ipBlock?.cidr}`);
    assert.notEqual(except, ipBlock?.cidr, name);
  }
}

function assertPods({ podSelector, namespaceSelector }: PolicyPeer, name: string): void {
  const namespaces = Object.keys(namespaceSelector?.matchLabels ?? {});
  assert.deepEqual(namespaces, ["kubernetes.io/metadata.name"], name);
  const chosen = [
    ...Object.keys(podSelector?.matchLabels ?? {}),
    ...(podSelector?.matchExpressions ?? []).filter(({ operator }) => operator === "In" || operator === "Exists"),
  ];
  assert.notDeepEqual(chosen, [], `${name}: any pod of a namespace`);
}

/** What the API server asks of a NetworkPolicy, and what this project does beyond it. */
function assertValid(policy: NetworkPolicyManifest): void {
  const { metadata, spec } = policy;
  const name = `${metadata.namespace}/${metadata.name}`;
  assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const rules = [
    ...(spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
    ...(spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
  ];
  for (const { peers = [], ports = [] } of rules) {
    assert.ok(peers.length > 0, `${name}: a rule without peers is for everyone`);
    assert.ok(ports.length > 0, `${name}: a rule without ports is for all`);
  }
  for (const peer of peersOf(policy)) (peer.ipBlock === undefined ? assertPods : assertBlock)(peer, name);
}

describe("computed NetworkPolicies", () => {
  for (const [name, settings] of Object.entries(worlds)) {
    it(`allow every flow of the table: ${name}`, () => {
      const input = inputOf(settings);
      const policies = networkPolicies(flows, input);
      assert.ok(single.filter((flow) => probes(flow, input) !== undefined).length > 100);
      assert.deepEqual(
        single.flatMap((flow) => blocked(flow, input, policies)),
        [],
      );
    });
  }

  it("allow every flow of the table whatever apps are enabled", () => {
    fc.assert(
      fc.property(world, someApps, (settings, apps) => {
        const input = inputOf(settings, apps);
        const policies = networkPolicies(flows, input);
        assert.deepEqual(
          single.flatMap((flow) => blocked(flow, input, policies)),
          [],
        );
      }),
      { numRuns: 25 },
    );
  });

  it("stand on default deny: without the table nothing passes but DNS", () => {
    const input = inputOf(everything);
    const policies = networkPolicies([], input);
    const dns: Endpoint = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
    const stranger: Endpoint = { namespace: "kube-system", labels: { "k8s-app": "metrics-server" } };
    const outside: Endpoint = { ip: "203.0.113.9" };
    for (const app of appKeys) {
      const pod: Endpoint = { namespace: namespaceOf(app), labels: { any: "pod" } };
      for (const protocol of ["TCP", "UDP"] as const) {
        assert.ok(allows(policies, { from: pod, to: dns, port: 53, protocol }), `${app}: DNS over ${protocol}`);
        assert.ok(!allows(policies, { from: pod, to: dns, port: 443, protocol }));
        assert.ok(!allows(policies, { from: pod, to: stranger, port: 53, protocol }));
        assert.ok(!allows(policies, { from: pod, to: outside, port: 53, protocol }));
        assert.ok(!allows(policies, { from: pod, to: pod, port: 8080, protocol }));
        assert.ok(!allows(policies, { from: outside, to: pod, port: 8080, protocol }));
      }
    }
  });

  it("deny both directions to every pod of a namespace by one object of its own", () => {
    const own = networkPolicies(flows, inputOf(everything));
    for (const app of appKeys) {
      const policy = byName(own).get(`${namespaceOf(app)}/default-deny`);
      assert.deepEqual(policy?.spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    }
  });

  it("ask the DNS that the settings name", () => {
    const dns = {
      namespace: "openshift-dns",
      podLabels: { dns: "default" },
      ports: [5353],
      nodeLocalIp: "169.254.20.10",
    };
    const policies = networkPolicies([], inputOf({ ...base, dns }, ["docs"]));
    const from: Endpoint = { namespace: namespaceOf("docs"), labels: {} };
    const to: Endpoint = { namespace: "openshift-dns", labels: { dns: "default" } };
    assert.ok(allows(policies, { from, to, port: 5353, protocol: "UDP" }));
    assert.ok(!allows(policies, { from, to, port: 53, protocol: "UDP" }));
    assert.ok(allows(policies, { from, to: { ip: "169.254.20.10" }, port: 53, protocol: "UDP" }));
    assert.ok(!allows(policies, { from, to: { ip: "169.254.169.254" }, port: 53, protocol: "UDP" }));
  });

  it("open both ends of a flow from its one entry, and close both without it", () => {
    const input = inputOf(everything);
    fc.assert(
      fc.property(fc.nat(single.length - 1), (index) => {
        const flow = single[index];
        assert.ok(flow !== undefined);
        const probed = probes(flow, input);
        if (probed === undefined) return;
        const { from, to, ports } = probed;
        const [first] = ports;
        assert.ok(first !== undefined);
        const connection = { from, to, port: first.first, protocol: first.protocol };
        assert.ok(allows(networkPolicies([flow], input), connection), describePeer(flow.from));
        assert.ok(!allows(networkPolicies([], input), connection));
        // One end's half alone does not let it pass, where both ends are namespaces of the stack.
        if ("ip" in from || "ip" in to || input.apps.docs === undefined) return;
        const owned = Object.values(input.apps);
        if (!owned.includes(from.namespace) || !owned.includes(to.namespace)) return;
        const deny = (policies: NetworkPolicyManifest[], without: "Ingress" | "Egress") =>
          policies.map((policy) => ({
            ...policy,
            spec: { ...policy.spec, ...(without === "Ingress" ? { ingress: [] } : { egress: [] }) },
          }));
        assert.ok(!allows(deny(networkPolicies([flow], input), "Ingress"), connection));
        assert.ok(!allows(deny(networkPolicies([flow], input), "Egress"), connection));
      }),
    );
  });

  it("never lose a permission when a flow is added", () => {
    fc.assert(
      fc.property(fc.subarray([...single]), fc.nat(single.length - 1), world, (some, index, settings) => {
        const added = single[index];
        assert.ok(added !== undefined);
        const input = inputOf(settings);
        const policies = networkPolicies([...some, added], input);
        assert.deepEqual(
          some.flatMap((flow) => blocked(flow, input, policies)),
          [],
        );
      }),
      { numRuns: 25 },
    );
  });

  it("do not depend on the order of the table", () => {
    const input = inputOf(everything);
    const expected = networkPolicies(flows, input);
    fc.assert(
      fc.property(fc.shuffledSubarray([...flows], { minLength: flows.length }), (shuffled) => {
        assert.deepEqual(networkPolicies(shuffled, input), expected);
      }),
      { numRuns: 10 },
    );
  });

  it("forget a disabled app: no object names it, and no other permission changes", () => {
    fc.assert(
      fc.property(world, fc.constantFrom(...appKeys), (settings, gone) => {
        const all = byName(networkPolicies(flows, inputOf(settings)));
        const others = appKeys.filter((app) => app !== gone);
        const rest = networkPolicies(flows, inputOf(settings, others));
        const namespace = namespaceOf(gone);
        for (const policy of rest) {
          const objects = JSON.stringify({ ...policy, metadata: { ...policy.metadata, annotations: {} } });
          assert.ok(!objects.includes(`"${namespace}"`), `${policy.metadata.namespace}/${policy.metadata.name}`);
          const why = policy.metadata.annotations?.[WHY_ANNOTATION] ?? "";
          assert.ok(!why.includes(`${gone}/`) && !why.includes(`host of ${gone})`), why);
        }
        const untouched = [...all].filter(([, { metadata }]) => metadata.namespace !== namespace);
        const unrelated = untouched.filter(
          ([, policy]) =>
            !JSON.stringify(policy).includes(gone) && !/language model|antivirus|identity/.test(JSON.stringify(policy)),
        );
        const remaining = byName(rest);
        for (const [key, policy] of unrelated) assert.deepEqual(remaining.get(key), policy, key);
      }),
      { numRuns: 14 },
    );
  });

  it("are valid objects: names are DNS labels and unique, peers name someone, excepts lie inside", () => {
    fc.assert(
      fc.property(world, someApps, (settings, apps) => {
        const policies = networkPolicies(flows, inputOf(settings, apps));
        assert.equal(byName(policies).size, policies.length, "names are unique within a namespace");
        policies.forEach(assertValid);
      }),
      { numRuns: 20 },
    );
  });

  it("never lead to metadata services, to private networks that nobody named, or into the cluster by address", () => {
    const policies = networkPolicies(flows, inputOf(everything));
    const forbidden = [
      "169.254.169.254",
      "169.254.170.2",
      "168.63.129.16",
      "fd00:ec2::254",
      "fd20:ce::254",
      "64:ff9b::a9fe:a9fe",
      "10.244.3.4",
      "10.96.0.1",
      "172.18.0.9",
      "fd00:10:244::5",
      "10.1.2.3",
      "172.16.0.1",
      "192.168.1.1",
      "100.64.0.1",
      "127.0.0.1",
      "fe80::1",
      "fc00::1",
    ];
    const sources = single.flatMap(({ from }) => (from.kind === "app" ? [from] : []));
    const tries = [53, 80, 443, 5432, 8443].map((port) => ({ port, protocol: "TCP" as const }));
    const connections = sources.flatMap(({ app, pods }) =>
      forbidden.flatMap((ip) =>
        [...tries, { port: 443, protocol: "UDP" as const }].map((how) => ({
          from: { namespace: namespaceOf(app), labels: pods.labels },
          to: { ip },
          ...how,
        })),
      ),
    );
    assert.deepEqual(
      connections.filter((connection) => allows(policies, connection)),
      [],
    );
  });

  it("let in from outside only what sends audio and video", () => {
    const policies = networkPolicies(flows, inputOf(everything));
    const open = policies.filter((policy) =>
      (policy.spec.ingress ?? []).some(({ from }) => from?.some((p) => p.ipBlock)),
    );
    assert.deepEqual([...byName(open).keys()], ["mijnbureau-livekit/allow-server"]);
    const server: Endpoint = { namespace: namespaceOf("livekit"), labels: apps.livekit.workloads.server.pods.labels };
    const client: Endpoint = { ip: "203.0.113.9" };
    const reach = (port: number, protocol: "TCP" | "UDP", input: NetworkInputSettings): boolean =>
      allows(networkPolicies(flows, inputOf(input)), { from: client, to: server, port, protocol });
    assert.ok(reach(30009, "UDP", base));
    assert.ok(!reach(30010, "UDP", base));
    assert.ok(!reach(7880, "TCP", base));
    assert.ok(!reach(32222, "TCP", base));
    assert.ok(reach(32222, "TCP", everything));
  });

  describe("for operators", () => {
    const webhook = { name: "admission-controller", labels: { "app.kubernetes.io/component": "admission-controller" } };
    const kyverno: Peer = { kind: "operator", namespace: "kyverno", pods: webhook };
    const contributed: Flow[] = [
      { from: { kind: "kubeApi" }, to: kyverno, ports: [9443], why: "admission webhooks", source: "Kyverno, Ports" },
      { from: kyverno, to: { kind: "kubeApi" }, why: "reads policies and objects", source: "Kyverno, Ports" },
      { from: { kind: "monitoring" }, to: kyverno, ports: [8000], why: "metrics", source: "Kyverno, Ports" },
      {
        from: kyverno,
        to: { kind: "address", name: "registry", cidrs: ["198.51.100.0/24"] },
        ports: [443],
        why: "signatures of images",
        source: "Kyverno, Verify images",
      },
    ];
    const operators = (settings: NetworkInputSettings, ...operatorNamespaces: string[]): NetworkInput => ({
      ...inputOf(settings, ["docs"]),
      operatorNamespaces,
    });
    const pod: Endpoint = { namespace: "kyverno", labels: webhook.labels };
    const prometheus: Endpoint = { namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } };
    const connect = (from: Endpoint, to: Endpoint, port: number) => ({ from, to, port, protocol: "TCP" as const });

    it("are computed by the same function, at both ends where both namespaces are the stack's", () => {
      const policies = networkPolicies(contributed, operators(base, "kyverno", "monitoring"));
      assert.ok(allows(policies, connect({ ip: "172.18.0.2" }, pod, 9443)));
      assert.ok(!allows(policies, connect({ ip: "172.18.0.3" }, pod, 9443)), "a node that is no control plane");
      assert.ok(allows(policies, connect(pod, { ip: "172.18.0.2" }, 6443)));
      assert.ok(!allows(policies, connect(pod, { ip: "172.18.0.2" }, 22)));
      assert.ok(allows(policies, connect(prometheus, pod, 8000)));
      assert.ok(!allows(policies, connect(prometheus, pod, 9443)));
      assert.ok(allows(policies, connect(pod, { ip: "198.51.100.7" }, 443)));
      assert.ok(!allows(policies, connect(pod, { ip: "203.0.113.7" }, 443)));
      assert.ok(byName(policies).has("monitoring/allow-prometheus"));
    });

    it("are left out with the operator", () => {
      const policies = networkPolicies(contributed, operators(base, "monitoring"));
      assert.deepEqual(
        [...byName(policies).keys()],
        [
          "mijnbureau-docs/default-allow-dns",
          "mijnbureau-docs/default-deny",
          "monitoring/default-allow-dns",
          "monitoring/default-deny",
        ],
      );
    });

    it("let the API server come from the nodes' tunnels where the settings name them, to webhooks alone", () => {
      const tunnels = { ...base, apiServer: { tunnelCidrs: ["10.244.3.0/32"] } };
      const policies = networkPolicies(contributed, operators(tunnels, "kyverno"));
      const tunnel: Endpoint = { ip: "10.244.3.0" };
      assert.ok(allows(policies, connect(tunnel, pod, 9443)));
      assert.ok(!allows(policies, connect({ ip: "10.244.3.1" }, pod, 9443)), "other pods stay out");
      assert.ok(!allows(policies, connect(tunnel, pod, 8000)), "metrics stay closed");
      assert.ok(!allows(policies, connect(pod, tunnel, 6443)), "egress stays closed");
      assert.ok(!allows(networkPolicies(contributed, operators(base, "kyverno")), connect(tunnel, pod, 9443)));
    });

    it("open a webhook to every source only by the setting, and say why on the policy", () => {
      const reason = "The provider calls webhooks from addresses that it does not publish.";
      const open = networkPolicies(
        contributed,
        operators({ ...base, apiServer: { webhooksFromAnywhere: { reason } } }, "kyverno"),
      );
      const policy = byName(open).get("kyverno/allow-admission-controller");
      assert.equal(policy?.metadata.annotations?.[OPEN_ANNOTATION], reason);
      assert.ok(allows(open, connect({ ip: "203.0.113.7" }, pod, 9443)));
      assert.ok(!allows(open, connect({ ip: "203.0.113.7" }, pod, 8000)), "metrics stay closed");
      assert.ok(!allows(open, connect(pod, { ip: "203.0.113.7" }, 443)), "egress stays closed");
      const closed = networkPolicies(contributed, operators(base, "kyverno"));
      assert.ok(!allows(closed, connect({ ip: "203.0.113.7" }, pod, 9443)));
      assert.equal(
        byName(closed).get("kyverno/allow-admission-controller")?.metadata.annotations?.[OPEN_ANNOTATION],
        undefined,
      );
    });

    it("let a managed control plane's agents call webhooks", () => {
      const agents = { namespace: "kube-system", podLabels: { "k8s-app": "konnectivity-agent" } };
      const policies = networkPolicies(contributed, operators({ ...base, apiServer: { agents } }, "kyverno"));
      const agent: Endpoint = { namespace: "kube-system", labels: agents.podLabels };
      assert.ok(allows(policies, connect(agent, pod, 9443)));
      assert.ok(!allows(policies, connect(pod, agent, 6443)), "the agent is no API server");
    });

    it("refuse two selectors under one name, and a name that is no DNS label", () => {
      const other: Peer = { kind: "operator", namespace: "kyverno", pods: { ...webhook, labels: { other: "label" } } };
      const clash: Flow = { from: { kind: "kubeApi" }, to: other, ports: [1], why: "x", source: "x" };
      assert.throws(
        () => networkPolicies([...contributed, clash], operators(base, "kyverno")),
        /pods "admission-controller" of namespace kyverno are selected by .* Remove the podLabels/,
      );
      const long: Peer = { kind: "operator", namespace: "kyverno", pods: { name: "x".repeat(64), labels: { a: "b" } } };
      assert.throws(
        () => networkPolicies([{ ...clash, to: long }], operators(base, "kyverno")),
        /is not a DNS label of at most 63 characters/,
      );
    });

    it("name what the settings give no address for, and keep it denied", () => {
      const kubelet: Flow = {
        from: kyverno,
        to: { kind: "nodes" },
        ports: [10250],
        why: "metrics of kubelets",
        source: "kubelet",
      };
      const input = operators({ ...base, nodeCidrs: [] }, "kyverno");
      assert.deepEqual(unaddressedFlows([kubelet, ...contributed], input), [
        "kyverno/admission-controller -> nodes: metrics of kubelets",
      ]);
      const policies = networkPolicies([kubelet], input);
      assert.ok(!allows(policies, connect(pod, { ip: "172.18.0.9" }, 10250)));
      assert.ok(!allows(policies, connect(pod, { ip: "203.0.113.7" }, 10250)));
      assert.deepEqual(unaddressedFlows([kubelet], operators(base, "kyverno")), []);
    });
  });

  describe("with an ingress controller", () => {
    const from: Endpoint = { namespace: namespaceOf("meet"), labels: apps.meet.workloads.backend.pods.labels };
    const reach = (settings: NetworkInputSettings, to: Endpoint, port: number): boolean =>
      allows(networkPolicies(flows, inputOf(settings)), { from, to, port, protocol: "TCP" });

    it("hairpin calls end at the pods' own ports", () => {
      const traefik: Endpoint = { namespace: "traefik", labels: { "app.kubernetes.io/name": "traefik" } };
      assert.ok(reach(base, traefik, 8443));
      assert.ok(!reach(base, traefik, 443));
      assert.ok(reach({ ...base, ingress: { podPorts: [443] } }, traefik, 443));
      assert.ok(!reach(base, { namespace: "traefik", labels: { app: "other" } }, 8443));
    });

    it("hairpin calls reach a load balancer's own address where the settings name it", () => {
      assert.ok(!reach(base, { ip: "198.51.100.1" }, 443));
      assert.ok(reach({ ...base, ingress: { loadBalancerCidrs: ["198.51.100.1/32"] } }, { ip: "198.51.100.1" }, 443));
    });

    it("a load balancer is called, and calls no pod past its controller", () => {
      const settings = { ...base, ingress: { loadBalancerCidrs: ["198.51.100.1/32"] } };
      const policies = networkPolicies(flows, inputOf(settings));
      const connection = { from: { ip: "198.51.100.1" }, to: from, port: 8000, protocol: "TCP" as const };
      assert.ok(!allows(policies, connection));
      const controller = { namespace: "traefik", labels: { "app.kubernetes.io/name": "traefik" } };
      assert.ok(allows(policies, { ...connection, from: controller }));
    });

    it("on the host network stands for the nodes' addresses", () => {
      const settings = { ...base, ingress: { hostNetwork: true } };
      assert.ok(reach(settings, { ip: "172.18.0.5" }, 8443));
      const policies = networkPolicies(flows, inputOf(settings));
      const connection = { from: { ip: "172.18.0.5" }, to: from, port: 8000, protocol: "TCP" as const };
      assert.ok(allows(policies, connection));
      assert.ok(!allows(networkPolicies(flows, inputOf(base)), connection));
    });
  });

  describe("between all pods of MijnBureau as rendered", () => {
    before(function () {
      needFile(this, corpus);
    });

    it("allow a connection exactly where the table has a flow", function () {
      this.timeout(120_000);
      const input = inputOf(everything);
      const policies = networkPolicies(flows, input);
      const templates = podTemplates();
      const known = single.flatMap((flow) => {
        const probed = probes(flow, input);
        return probed === undefined || "ip" in probed.from || "ip" in probed.to
          ? []
          : [{ from: probed.from, to: probed.to, ports: probed.ports }];
      });
      const outsiders = [probe({ kind: "ingressController" }, input), probe({ kind: "monitoring" }, input)];
      const sources = [
        ...templates.map(({ app, labels }) => ({ namespace: namespaceOf(app), labels })),
        ...outsiders.flatMap((found) => (found === undefined || "ip" in found.endpoint ? [] : [found.endpoint])),
        { namespace: "default", labels: { app: "stranger" } },
      ];
      const expected = (from: Pod, to: Pod, port: number, protocol: string): boolean =>
        known.some(
          (flow) =>
            flow.to.namespace === to.namespace &&
            flow.from.namespace === from.namespace &&
            selects({ matchLabels: flow.to.labels }, to.labels) &&
            selects({ matchLabels: flow.from.labels }, from.labels) &&
            flow.ports.some((range) => range.protocol === protocol && port >= range.first && port <= range.last),
        );
      const tried = templates.flatMap((target) => {
        const to = { namespace: namespaceOf(target.app), labels: target.labels };
        const ports = [
          ...target.ports,
          { port: 22, protocol: "TCP" as const },
          { port: 8000, protocol: "TCP" as const },
        ];
        return sources.flatMap((from) => ports.map(({ port, protocol }) => ({ from, to, port, protocol, target })));
      });
      const wrong = tried.filter(
        ({ from, to, port, protocol }) =>
          allows(policies, { from, to, port, protocol }) !== expected(from, to, port, protocol),
      );
      assert.deepEqual(
        wrong.map(({ from, target, port }) => `${JSON.stringify(from)} -> ${target.workload} ${port}`),
        [],
      );
      const allowed = tried.filter(({ from, to, port, protocol }) =>
        allows(policies, { from, to, port, protocol }),
      ).length;
      assert.ok(allowed > 100, `only ${allowed} connections are allowed`);
    });
  });

  it("are for apps that the table names", () => {
    assert.deepEqual([...new Set(single.flatMap(appsOf))].sort(), [...appKeys].sort());
  });
});
