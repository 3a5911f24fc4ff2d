import assert from "node:assert/strict";
import { BlockList } from "node:net";
import fc from "fast-check";
import {
  canonicalCidr,
  contains,
  guardedBlocks,
  isAddress,
  metadataCidrs,
  overlaps,
  privateCidrs,
  publicInternet,
  singleAddress,
} from "../../../lib/cidr";
import { inCidr } from "./oracle";

const ipv4 = fc.ipV4();
const ipv4Cidr = fc
  .tuple(ipv4, fc.integer({ min: 0, max: 32 }))
  .map(([address, bits]) => canonicalCidr(`${address}/${bits}`) ?? "");
const ipv6Cidr = fc
  .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
  .map(([address, bits]) => canonicalCidr(`${address}/${bits}`))
  .filter((cidr): cidr is string => cidr !== undefined);

describe("CIDRs", () => {
  it("have one canonical spelling", () => {
    assert.equal(canonicalCidr("10.1.2.3/8"), "10.0.0.0/8");
    assert.equal(canonicalCidr("FD00:0:0::1/64"), "fd00::/64");
    assert.equal(canonicalCidr("::/0"), "::/0");
    for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "example.nl", "", "::/129", "10.0.0.0/-1"]) {
      assert.equal(canonicalCidr(text), undefined, text);
    }
    fc.assert(fc.property(fc.oneof(ipv4Cidr, ipv6Cidr), (cidr) => canonicalCidr(cidr) === cidr));
  });

  it("contain what Node's own BlockList says that they contain", () => {
    fc.assert(
      fc.property(ipv4Cidr, ipv4, (cidr, address) => {
        const list = new BlockList();
        const [network = "", bits] = cidr.split("/");
        list.addSubnet(network, Number(bits), "ipv4");
        assert.equal(contains(cidr, `${address}/32`), list.check(address, "ipv4"), `${address} in ${cidr}`);
      }),
    );
  });

  it("overlap both ways or not at all, and never across families", () => {
    fc.assert(fc.property(ipv4Cidr, ipv4Cidr, (a, b) => overlaps(a, b) === overlaps(b, a)));
    fc.assert(fc.property(ipv4Cidr, ipv6Cidr, (a, b) => !overlaps(a, b)));
    assert.ok(overlaps("10.0.0.0/8", "10.244.0.0/16"));
    assert.ok(!overlaps("10.96.0.0/12", "10.244.0.0/16"));
    assert.ok(!contains("10.244.0.0/16", "10.0.0.0/8"));
    assert.ok(!contains("not a cidr", "10.0.0.0/8"));
  });

  it("of one address", () => {
    assert.equal(singleAddress("192.0.2.1"), "192.0.2.1/32");
    assert.equal(singleAddress("2001:DB8::1"), "2001:db8::1/128");
    assert.ok(isAddress("192.0.2.1") && isAddress("::1"));
    assert.ok(!isAddress("192.0.2") && !isAddress("example.nl") && !isAddress("1"));
  });
});

describe("guarded blocks", () => {
  const cluster = ["10.244.0.0/16", "198.51.100.0/24", "2001:db8:1::/48"];
  const excepted = (address: string, cidrs: readonly string[]): boolean =>
    guardedBlocks(cidrs, cluster).every(
      ({ cidr, except = [] }) => !inCidr(address, cidr) || except.some((range) => inCidr(address, range)),
    );

  it("of the internet leave out every forbidden range, whole", () => {
    for (const range of [...metadataCidrs, ...privateCidrs, ...cluster]) {
      const [first = ""] = range.split("/");
      assert.ok(excepted(first, publicInternet), range);
    }
    assert.ok(!excepted("203.0.113.7", publicInternet));
    assert.ok(!excepted("2a00:1450::1", publicInternet));
  });

  it("show the metadata services even where a wider range covers them", () => {
    const excepts = guardedBlocks(["::/0"], []).flatMap(({ except = [] }) => except);
    assert.ok(excepts.includes("fd00:ec2::254/128"));
    assert.ok(excepts.includes("fc00::/7"));
  });

  it("keep a private range that was named, but not the cluster's part of it", () => {
    assert.deepEqual(guardedBlocks(["10.20.0.0/16"], cluster), [{ cidr: "10.20.0.0/16" }]);
    assert.deepEqual(guardedBlocks(["10.0.0.0/8"], cluster), [{ cidr: "10.0.0.0/8", except: ["10.244.0.0/16"] }]);
  });

  it("have excepts strictly inside their range, whatever the range", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(ipv4Cidr, ipv6Cidr), { maxLength: 4 }), (cidrs) => {
        for (const { cidr, except = [] } of guardedBlocks(cidrs, cluster)) {
          for (const range of except) assert.ok(range !== cidr && contains(cidr, range), `${range} in ${cidr}`);
          assert.equal(new Set(except).size, except.length);
        }
      }),
    );
  });

  it("never allow an address of the cluster or of a metadata service that a wider range covers", () => {
    const hidden = [...cluster, ...metadataCidrs];
    fc.assert(
      fc.property(fc.oneof(ipv4Cidr, ipv6Cidr), fc.constantFrom(...hidden), (cidr, range) => {
        const [address = ""] = range.split("/");
        const wider = contains(cidr, range) && cidr !== range;
        if (wider) assert.ok(excepted(address, [cidr]), `${address} through ${cidr}`);
      }),
    );
  });
});
