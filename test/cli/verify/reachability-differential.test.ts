import assert from "node:assert/strict";
import * as fc from "fast-check";
import { contains, type Protocol } from "../../../cli/verify/ports";
import { Reachability, type Endpoint, type NetworkPolicy } from "../../../cli/verify/reachability";
import { Cyclonus, type Traffic } from "./cyclonus";
import { skip } from "../../support/needs";

const namespaces = ["alpha", "beta"] as const;
const values = ["web", "store", "job"] as const;
const protocol = fc.constantFrom<Protocol>("TCP", "UDP", "SCTP");
const interestingPorts = [1, 53, 80, 443, 8080, 8081, 65535];
const port = fc.constantFrom(...interestingPorts);
const portName = fc.constantFrom("http", "metrics", "dns");
const cidr = fc.constantFrom(
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.1.0.0/16",
  "10.1.0.7/32",
  "192.0.2.128/25",
  "::/0",
  "fd00:1::/32",
);
const inside: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0/0": ["10.0.0.0/8", "192.0.2.0/24", "10.1.0.7/32"],
  "10.0.0.0/8": ["10.1.0.0/16", "10.1.0.6/31"],
  "10.1.0.0/16": ["10.1.0.7/32"],
  "192.0.2.128/25": ["192.0.2.129/32"],
  "::/0": ["fd00::/8"],
  "fd00:1::/32": ["fd00:1::7/128"],
};
const podAddress = fc.constantFrom("10.1.0.6", "10.1.0.7", "10.2.0.1", "fd00:1::7");

/** Every pod and namespace has `app` and `tier`: only `role` may be missing, and NotIn never asks for it (see below). */
const labels = fc.record(
  { app: fc.constantFrom(...values), tier: fc.constantFrom(...values), role: fc.constantFrom(...values) },
  { requiredKeys: ["app", "tier"] },
);
const requirement = fc.oneof(
  fc.record({
    key: fc.constantFrom("app", "tier", "role"),
    operator: fc.constant("In"),
    values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 }),
  }),
  fc.record({
    key: fc.constantFrom("app", "tier"),
    operator: fc.constant("NotIn"),
    values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom("app", "role", "absent"), operator: fc.constantFrom("Exists", "DoesNotExist") }),
);
const selector = fc.record(
  {
    matchLabels: fc.dictionary(fc.constantFrom("app", "tier", "role"), fc.constantFrom(...values), { maxKeys: 2 }),
    matchExpressions: fc.array(requirement, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const peer = fc.oneof(
  cidr.chain((block) =>
    fc
      .subarray([...(inside[block] ?? [])])
      .map((except) => ({ ipBlock: except.length === 0 ? { cidr: block } : { cidr: block, except } })),
  ),
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
);
const policyPort = fc.oneof(
  fc.record({ protocol }),
  fc.record({ port }),
  fc.record({ protocol, port }),
  fc.record({ protocol, port: portName }),
  fc.record({ protocol, port, endPort: port }).filter((range) => range.endPort >= range.port),
);
const rule = <Key extends "from" | "to">(key: Key) =>
  fc.record(
    { [key]: fc.array(peer, { maxLength: 2 }), ports: fc.array(policyPort, { maxLength: 2 }) },
    { requiredKeys: [] },
  );
const policy: fc.Arbitrary<NetworkPolicy> = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    spec: fc.record(
      {
        podSelector: selector,
        policyTypes: fc.uniqueArray(fc.constantFrom("Ingress", "Egress"), { minLength: 1 }),
        ingress: fc.array(rule("from"), { maxLength: 2 }),
        egress: fc.array(rule("to"), { maxLength: 2 }),
      },
      { requiredKeys: ["podSelector", "policyTypes"] },
    ),
  })
  .map(({ namespace, spec }) => ({ metadata: { name: "generated", namespace }, spec }));

const containerPorts = fc.uniqueArray(fc.record({ name: portName, port, protocol }), {
  maxLength: 3,
  selector: ({ name }) => name,
  comparator: "IsStrictlyEqual",
});
const distinctPorts = containerPorts.filter(
  (ports) => new Set(ports.map(({ port: number, protocol: of }) => `${number}/${of}`)).size === ports.length,
);
const podIn = (namespaceLabels: Readonly<Record<string, Record<string, string>>>): fc.Arbitrary<Endpoint> =>
  fc
    .record({ namespace: fc.constantFrom(...namespaces), labels, ip: podAddress, ports: distinctPorts })
    .map(({ namespace, ip, ports, ...rest }) => ({
      pod: { namespace, namespaceLabels: namespaceLabels[namespace] ?? {}, ...rest },
      ip,
      ports,
    }));
const outside = fc
  .constantFrom("192.0.2.129", "192.0.2.200", "10.1.0.7", "2001:db8::1")
  .map((ip): Endpoint => ({ ip, ports: [] }));

const world = fc.record({ alpha: labels, beta: labels }).chain((namespaceLabels) =>
  fc.record({
    policies: fc.array(policy, { maxLength: 6 }),
    pods: fc.array(podIn(namespaceLabels), { minLength: 1, maxLength: 4 }),
    address: outside,
  }),
);

const probes: readonly (readonly [number, Protocol])[] = interestingPorts.flatMap((number) =>
  (["TCP", "UDP", "SCTP"] as const).map((of) => [number, of] as const),
);

/** All traffic of a world whose ends are different pods: what a pod may send to itself no policy decides. */
function trafficOf(endpoints: readonly Endpoint[]): Traffic[] {
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => to !== from && (from.pod !== undefined || to.pod !== undefined))
      .flatMap((to) => probes.map(([number, of]) => ({ from, to, port: number, protocol: of }))),
  );
}

describe("reachability against cyclonus 0.5.6", function () {
  this.timeout(900_000);
  let cyclonus: Cyclonus | undefined;

  before(function () {
    const built = Cyclonus.build();
    if (typeof built === "string") skip(this, built);
    cyclonus = built;
  });
  after(() => cyclonus?.dispose());

  function judges(): Cyclonus {
    assert.ok(cyclonus);
    return cyclonus;
  }

  it("gives the same verdict in each direction for generated policies, pods, addresses and ports", () => {
    let allowed = 0;
    let denied = 0;
    fc.assert(
      fc.property(world, ({ policies, pods, address }) => {
        const traffic = trafficOf([...pods, address]);
        const theirs = judges().judge(policies, traffic);
        const reachability = new Reachability(policies);
        traffic.forEach((packet, index) => {
          const { ingress, egress } = reachability.between(packet.from, packet.to);
          const ours = {
            ingress: contains(ingress.ports, packet.protocol, packet.port),
            egress: contains(egress.ports, packet.protocol, packet.port),
          };
          assert.deepEqual(ours, theirs[index], JSON.stringify(packet));
          if (ours.ingress && ours.egress) allowed += 1;
          else denied += 1;
        });
      }),
      { numRuns: Number(process.env["CYCLONUS_RUNS"] ?? 200) },
    );
    // A generator whose policies let everything through, or nothing, would agree without testing anything.
    assert.ok(allowed > 1000 && denied > 1000, `${allowed} allowed, ${denied} denied`);
  });

  /** Where cyclonus contradicts the Kubernetes documentation, Kubernetes decides; listed so that nobody hunts them twice. */
  const contradictions: readonly {
    readonly title: string;
    readonly source: string;
    readonly podSelector: NonNullable<NetworkPolicy["spec"]["podSelector"]>;
    readonly labels: Readonly<Record<string, string>>;
    /** By Kubernetes: does the selector select the pod? */
    readonly selected: boolean;
  }[] = [
    {
      title: "NotIn selects pods that lack the label; cyclonus does not",
      source:
        'Kubernetes, "Labels and Selectors", set-based requirement: "and all resources with no labels with the tier key"',
      podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["store"] }] },
      labels: { app: "web" },
      selected: true,
    },
    {
      title: "matchLabels with an empty value asks for the label; cyclonus takes a missing one for empty",
      source: "Kubernetes API reference, LabelSelector.matchLabels: equivalent to operator In with the one value",
      podSelector: { matchLabels: { tier: "" } },
      labels: { app: "web" },
      selected: false,
    },
  ];

  for (const { title, source, podSelector, labels: podLabels, selected } of contradictions) {
    it(`${title} (${source})`, () => {
      const policies: NetworkPolicy[] = [
        { metadata: { name: "deny", namespace: "alpha" }, spec: { podSelector, policyTypes: ["Ingress"] } },
      ];
      const pod = { namespace: "alpha", namespaceLabels: {}, labels: podLabels };
      const to: Endpoint = { pod, ip: "10.1.0.7", ports: [] };
      const from: Endpoint = { ip: "192.0.2.200", ports: [] };
      const ours = new Reachability(policies).between(from, to).ingress.isolated;
      const [theirs] = judges().judge(policies, [{ from, to, port: 80, protocol: "TCP" }]);
      assert.equal(ours, selected);
      assert.equal(!(theirs?.ingress ?? true), !selected, "cyclonus now agrees: take the case off this list");
    });
  }
});
