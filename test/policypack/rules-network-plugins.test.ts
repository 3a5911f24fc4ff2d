import assert from "node:assert/strict";
import fc from "fast-check";
import { networkObjects } from "../../components/network/render";
import { flows } from "../../suite/flows";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { base, everything, inputOf } from "../components/network/world";
import { TODAY } from "./harness";

const rules = loadRules().filter(({ id }) => id.startsWith("network/"));
const levels = Object.fromEntries(rules.map(({ id }) => [id, { level: "mandatory" }]));
const engine = new Engine(rules, policySettings.parse({ rules: levels }), TODAY);

/** The rules that an object breaks, without the name of the plugin they are for. */
function broken(object: unknown, about: readonly string[]): string[] {
  const seen = readObject(object);
  assert.ok(seen !== undefined);
  const found = engine.judge(seen, { role: "any" }).map((finding) => {
    assert.equal(finding.decision, "violated", finding.message);
    assert.doesNotMatch(finding.message, /cannot be judged/);
    return finding.rule.replace(/^network\/(cilium-|calico-|admin-policy-)?/, "");
  });
  return about.filter((id) => found.includes(id));
}

interface Block {
  readonly cidr: string;
  readonly except: readonly string[];
}
interface Flow {
  readonly blocks: readonly Block[];
  readonly ports: readonly number[];
}

const cidr = fc.constantFrom(
  ...["0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/5", "10.0.0.0/8", "10.0.0.0/7", "10.1.0.0/16", "128.0.0.0/1"],
  ...["160.0.0.0/5", "168.63.129.16/32", "169.254.0.0/16", "169.254.169.254/32", "172.16.0.0/12", "172.0.0.0/8"],
  ...["192.168.0.0/16", "192.0.2.0/28", "::/0", "fc00::/7", "fd00::/8", "fd00:ec2::254/128", "2001:db8::/32"],
);
const blocks = (except: fc.Arbitrary<string[]>): fc.Arbitrary<Flow[]> =>
  fc.array(
    fc.record({
      blocks: fc.array(fc.record({ cidr, except }), { maxLength: 3 }),
      ports: fc.uniqueArray(fc.constantFrom(53, 443, 8080), { maxLength: 2 }),
    }),
    { maxLength: 3 },
  );

interface Policy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly egress: readonly unknown[] };
}
const object = (apiVersion: string, kind: string, spec: Policy["spec"] & Record<string, unknown>): Policy => ({
  apiVersion,
  kind,
  metadata: { name: "policy", namespace: "app" },
  spec,
});

const kubernetes = (given: readonly Flow[]): Policy =>
  object("networking.k8s.io/v1", "NetworkPolicy", {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: given.map(({ blocks, ports }) => ({
      to: blocks.map((ipBlock) => ({ ipBlock })),
      ports: ports.map((port) => ({ port, protocol: "TCP" })),
    })),
  });

const cilium = (given: readonly Flow[]): Policy =>
  object("cilium.io/v2", "CiliumNetworkPolicy", {
    endpointSelector: {},
    egress: given.map(({ blocks, ports }) => ({
      ...(blocks.length > 0 && { toCIDRSet: blocks }),
      ...(ports.length > 0 && { toPorts: [{ ports: ports.map((port) => ({ port: `${port}`, protocol: "TCP" })) }] }),
    })),
  });

const calico = (given: readonly Flow[]): Policy =>
  object("projectcalico.org/v3", "NetworkPolicy", {
    selector: "all()",
    types: ["Egress"],
    egress: given.flatMap(({ blocks, ports }) =>
      (blocks.length > 0 ? blocks.map(({ cidr, except }) => ({ nets: [cidr], notNets: except })) : [{}]).map(
        (peer) => ({
          action: "Allow",
          protocol: "TCP",
          destination: { ...peer, ...(ports.length > 0 && { ports }) },
        }),
      ),
    ),
  });

const admin = (given: readonly Flow[]): Policy =>
  object("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", {
    egress: given.map(({ blocks }) => ({ action: "Accept", to: [{ networks: blocks.map((block) => block.cidr) }] })),
  });

const ranges = ["egress-metadata", "egress-private-ranges"];

describe("network policies of the plugins", () => {
  it("of Cilium are judged as the NetworkPolicy that says the same", () => {
    const about = [...ranges, "any-peer", "dns-egress"];
    fc.assert(
      fc.property(blocks(fc.array(cidr, { maxLength: 3 })), (given) => {
        // A rule without peers and ports means everything in a NetworkPolicy, and nothing in Cilium.
        fc.pre(given.every(({ blocks, ports }) => blocks.length + ports.length > 0));
        assert.deepEqual(broken(cilium(given), about), broken(kubernetes(given), about));
      }),
      { numRuns: 400 },
    );
  });

  it("of Calico are judged as the NetworkPolicy that says the same", () => {
    fc.assert(
      fc.property(blocks(fc.array(cidr, { maxLength: 3 })), (given) => {
        assert.deepEqual(broken(calico(given), [...ranges, "ports"]), broken(kubernetes(given), [...ranges, "ports"]));
      }),
      { numRuns: 400 },
    );
  });

  it("of the Network Policy API are judged as the NetworkPolicy that says the same", () => {
    fc.assert(
      fc.property(blocks(fc.constant([])), (given) => {
        // No networks are everybody to a NetworkPolicy, and nobody here.
        fc.pre(given.every(({ blocks }) => blocks.length > 0));
        assert.deepEqual(broken(admin(given), ranges), broken(kubernetes(given), ranges));
      }),
      { numRuns: 200 },
    );
  });

  it("that deny first are never worse than without the deny", () => {
    const deny = (networks: readonly string[]) => ({
      action: "Deny",
      to: [{ networks }],
      destination: { nets: networks },
    });
    fc.assert(
      fc.property(blocks(fc.constant([])), fc.array(cidr, { minLength: 1, maxLength: 3 }), (given, denied) => {
        for (const make of [calico, admin]) {
          const plain = make(given);
          const guarded = { ...plain, spec: { ...plain.spec, egress: [deny(denied), ...plain.spec.egress] } };
          const before = broken(plain, ranges);
          assert.deepEqual(
            broken(guarded, ranges).filter((id) => !before.includes(id)),
            [],
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("the platform's own policies for a plugin", () => {
  const mandatory = new Engine(rules, policySettings.parse({}), TODAY);
  for (const cni of ["cilium", "calico"] as const) {
    for (const [name, settings] of Object.entries({ base, everything })) {
      it(`break no mandatory rule with ${cni}, ${name}`, () => {
        const { byNamespace, clusterWide } = networkObjects(flows, inputOf({ ...settings, cni }));
        const objects = [...[...byNamespace.values()].flat(), ...clusterWide].map((each) => readObject(each));
        assert.ok(
          objects.some((each) => each?.kind.startsWith(cni === "cilium" ? "cilium.io/" : "projectcalico.org/")),
        );
        const found = objects.flatMap((each) => (each === undefined ? [] : mandatory.judge(each, { role: "any" })));
        assert.deepEqual(
          found.filter(({ level }) => level === "mandatory").map(({ message }) => message),
          [],
        );
      });
    }
  }
});
