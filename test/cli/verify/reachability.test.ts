import assert from "node:assert/strict";
import { formatPorts } from "../../../cli/verify/ports";
import {
  Reachability,
  type ContainerPort,
  type Endpoint,
  type NetworkPolicy,
  type PolicyPeer,
} from "../../../cli/verify/reachability";
import { selects } from "../../../lib/selectors";

const pod = (namespace: string, app: string, ports: readonly ContainerPort[] = [], ip?: string): Endpoint => ({
  pod: { namespace, namespaceLabels: { "kubernetes.io/metadata.name": namespace }, labels: { app } },
  ports,
  ip,
});
const policy = (namespace: string, spec: NetworkPolicy["spec"]): NetworkPolicy => ({
  metadata: { name: "policy", namespace },
  spec,
});
const client = pod("front", "client");
const server = pod("back", "server", [
  { name: "http", port: 8080, protocol: "TCP" },
  { name: "dns", port: 5353, protocol: "UDP" },
]);
const reach = (policies: readonly NetworkPolicy[], from = client, to = server): string =>
  formatPorts(new Reachability(policies).between(from, to).ports);
const ingress = (from: readonly PolicyPeer[] | undefined, ports?: readonly object[]): NetworkPolicy =>
  policy("back", { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from, ports }] });

describe("reachability", () => {
  it("allows everything between pods that no policy selects", () => {
    assert.equal(reach([]), "all ports");
    assert.equal(reach([policy("elsewhere", { podSelector: {}, policyTypes: ["Ingress", "Egress"] })]), "all ports");
    assert.equal(
      reach([policy("back", { podSelector: { matchLabels: { app: "other" } }, policyTypes: ["Ingress"] })]),
      "all ports",
    );
  });

  it("denies by a policy without rules, in its own direction only", () => {
    const denied = policy("back", { podSelector: {}, policyTypes: ["Ingress"] });
    assert.equal(reach([denied]), "none");
    assert.equal(reach([denied], server, client), "all ports");
    assert.equal(reach([policy("front", { podSelector: {}, policyTypes: ["Egress"] })]), "none");
  });

  it("takes Ingress for granted and Egress from the presence of egress rules where policyTypes is missing", () => {
    assert.equal(reach([policy("back", {})]), "none");
    assert.equal(reach([policy("front", {})]), "all ports");
    assert.equal(reach([policy("front", { egress: [{ ports: [{ port: 53, protocol: "UDP" }] }] })]), "53/UDP");
  });

  it("needs both ends", () => {
    const out = policy("front", { policyTypes: ["Egress"], egress: [{ ports: [{ port: 8080 }, { port: 9090 }] }] });
    assert.equal(reach([out]), "8080, 9090");
    assert.equal(reach([out, ingress(undefined, [{ port: 8080 }])]), "8080");
  });

  it("adds policies up", () => {
    const first = ingress([{ namespaceSelector: {} }], [{ port: 80 }]);
    const second = ingress([{ namespaceSelector: {} }], [{ port: 443 }]);
    assert.equal(reach([first, second]), "80, 443");
  });

  it("takes an empty peer list for everyone, a podSelector alone for the policy's own namespace", () => {
    assert.equal(reach([ingress([])]), "all ports");
    assert.equal(reach([ingress([{ podSelector: {} }])]), "none");
    assert.equal(reach([ingress([{ podSelector: {} }])], pod("back", "neighbour")), "all ports");
    assert.equal(
      reach([ingress([{ namespaceSelector: {}, podSelector: { matchLabels: { app: "client" } } }])]),
      "all ports",
    );
    assert.equal(reach([ingress([{ namespaceSelector: {}, podSelector: { matchLabels: { app: "x" } } }])]), "none");
  });

  it("matches ipBlock by address, except included, for pods and for the outside", () => {
    const block = ingress([{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }]);
    assert.equal(reach([block], { ip: "10.2.0.9", ports: [] }), "all ports");
    assert.equal(reach([block], { ip: "10.1.0.9", ports: [] }), "none");
    assert.equal(reach([block], { ip: "192.0.2.1", ports: [] }), "none");
    assert.equal(reach([block], { ip: "fd00::1", ports: [] }), "none");
    assert.equal(reach([block], pod("front", "client", [], "10.2.0.9")), "all ports");
    assert.equal(reach([block]), "none", "without an address no block matches");
    assert.equal(reach([ingress([{ namespaceSelector: {} }])], { ip: "10.2.0.9", ports: [] }), "none");
  });

  it("looks named ports up on the destination, with their protocol", () => {
    assert.equal(reach([ingress(undefined, [{ port: "http" }])]), "8080");
    assert.equal(reach([ingress(undefined, [{ port: "dns", protocol: "UDP" }])]), "5353/UDP");
    assert.equal(reach([ingress(undefined, [{ port: "dns" }])]), "none");
    const out = policy("front", { policyTypes: ["Egress"], egress: [{ ports: [{ port: "http" }] }] });
    assert.equal(reach([out]), "8080");
    assert.equal(reach([out], client, { ip: "192.0.2.1", ports: [] }), "none");
  });

  it("understands ranges, whole protocols, and TCP as the default", () => {
    assert.equal(reach([ingress(undefined, [{ port: 100, endPort: 200 }])]), "100-200");
    assert.equal(reach([ingress(undefined, [{ protocol: "SCTP" }])]), "all SCTP");
    assert.equal(reach([ingress(undefined, [{ port: 443 }])]), "443");
  });

  it("never isolates what is outside the cluster", () => {
    const deny = policy("back", { policyTypes: ["Ingress", "Egress"] });
    assert.equal(reach([deny], { ip: "192.0.2.1", ports: [] }, { ip: "192.0.2.2", ports: [] }), "all ports");
  });

  it("names the policies that select the pod, with what each allows", () => {
    const verdict = new Reachability([ingress([], [{ port: 80 }]), policy("back", {})]).between(client, server);
    assert.equal(verdict.ingress.isolated, true);
    assert.deepEqual(
      verdict.ingress.policies.map(({ ports }) => formatPorts(ports)),
      ["80", "none"],
    );
    assert.equal(verdict.egress.isolated, false);
  });

  it("is fast enough for a large suite", function () {
    this.timeout(10_000);
    const pods = Array.from({ length: 150 }, (_, index) => pod(`ns-${index % 15}`, `app-${index}`));
    const policies = pods.flatMap(({ pod: identity }) =>
      [1, 2, 3].map((port) =>
        policy(identity?.namespace ?? "", {
          podSelector: { matchLabels: identity?.labels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "app-7" } } }], ports: [{ port }] },
          ],
          egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port }] }],
        }),
      ),
    );
    const started = performance.now();
    const all = new Reachability(policies);
    for (const from of pods) for (const to of pods) all.between(from, to);
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds < 5, `${pods.length ** 2} pairs took ${seconds.toFixed(1)} s`);
  });
});

describe("label selectors", () => {
  const requirement = (operator: string, values?: readonly string[]) => ({
    matchExpressions: [{ key: "tier", operator, values }],
  });

  it("follow the set-based operators, also where the label is missing", () => {
    const cases: readonly [string, readonly string[] | undefined, string | undefined, boolean][] = [
      ["In", ["a", "b"], "a", true],
      ["In", ["a", "b"], "c", false],
      ["In", ["a"], undefined, false],
      ["NotIn", ["a"], "a", false],
      ["NotIn", ["a"], "b", true],
      ["NotIn", ["a"], undefined, true],
      ["Exists", undefined, "", true],
      ["Exists", undefined, undefined, false],
      ["DoesNotExist", undefined, undefined, true],
      ["DoesNotExist", undefined, "a", false],
    ];
    for (const [operator, values, value, expected] of cases) {
      const labels = value === undefined ? {} : { tier: value };
      assert.equal(
        selects(requirement(operator, values), labels),
        expected,
        `${operator} ${String(values)} on ${value ?? "nothing"}`,
      );
    }
  });

  it("join all requirements, and select everything when empty", () => {
    assert.ok(selects({}, {}));
    assert.ok(!selects({ matchLabels: { app: "" } }, {}), "an empty value is not a missing label");
    assert.ok(!selects({ matchLabels: { app: "a" }, ...requirement("Exists") }, { app: "a" }));
    assert.throws(() => selects(requirement("Near"), { tier: "a" }), /Near is not one of In/);
  });

  it("do not mistake inherited properties for labels", () => {
    assert.ok(!selects({ matchExpressions: [{ key: "constructor", operator: "Exists" }] }, {}));
  });
});
