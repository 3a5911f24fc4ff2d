import assert from "node:assert/strict";
import { BlockList } from "node:net";
import fc from "fast-check";
import { parseAddress, parseCidr } from "../../policypack/engine/address";

/** Whether the range holds the address, by Node.js' own list of networks. */
function holds(range: string, length: number, address: string): boolean {
  const list = new BlockList();
  list.addSubnet(range, length, "ipv6");
  return list.check(address, "ipv6");
}

const groups = (value: bigint): string =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(":");

describe("addresses", () => {
  it("of version 6 lie in a range as Node.js has it, in every form of both", () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(128), fc.nat(127), (text, length, bit) => {
        const range = parseCidr(`${text}/${length}`);
        const address = parseAddress(text);
        if (range === undefined || address === undefined) return;
        assert.equal(groups(address.value), groups(parseAddress(groups(address.value))?.value ?? -1n));
        const other = parseAddress(groups(address.value ^ (1n << BigInt(bit))));
        if (other === undefined) return;
        assert.equal(range.containsAddress(other), holds(text, length, groups(other.value)), `${text}/${length}`);
      }),
      {
        examples: [
          ["::", 0, 1],
          ["::1.2.3.4", 100, 3],
          ["64:ff9b::192.0.2.1", 96, 31],
          ["FE80::A", 10, 118],
        ],
      },
    );
  });

  it("are refused with a zone, as IPv4 inside IPv6, and in the forms that only some programs take", () => {
    for (const text of [
      "fe80::1%eth0",
      "::ffff:10.0.0.1",
      "10.1",
      "010.0.0.1",
      "0x7f.0.0.1",
      "1::2::3",
      "::12345",
      "",
    ]) {
      assert.equal(parseAddress(text), undefined, text);
    }
  });
});
