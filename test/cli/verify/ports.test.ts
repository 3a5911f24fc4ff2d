import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  allPorts,
  contains,
  count,
  covers,
  difference,
  formatPorts,
  intersection,
  isEmpty,
  noPorts,
  portRange,
  protocols,
  union,
  wholeProtocol,
  type PortSet,
} from "../../../cli/verify/ports";

const SMALL = 12;
const range = fc
  .record({ protocol: fc.constantFrom(...protocols), first: fc.integer({ min: 1, max: SMALL }), size: fc.nat(4) })
  .map(({ protocol, first, size }) => portRange(protocol, first, Math.min(SMALL, first + size)));
const set = fc.array(range, { maxLength: 4 }).map(union);

const members = (ports: PortSet): string[] =>
  protocols.flatMap((protocol) =>
    Array.from({ length: SMALL + 1 }, (_, port) => port)
      .filter((port) => contains(ports, protocol, port))
      .map((port) => `${port}/${protocol}`),
  );

describe("port sets", () => {
  it("add, intersect and subtract as sets of single ports do", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const inB = new Set(members(b));
        assert.deepEqual(
          members(intersection(a, b)),
          members(a).filter((port) => inB.has(port)),
        );
        assert.deepEqual(
          members(difference(a, b)),
          members(a).filter((port) => !inB.has(port)),
        );
        assert.deepEqual(new Set(members(union([a, b]))), new Set([...members(a), ...members(b)]));
        assert.equal(
          covers(a, b),
          members(b).every((port) => members(a).includes(port)),
        );
        assert.equal(count(a), members(a).length);
        assert.equal(isEmpty(a), members(a).length === 0);
      }),
    );
  });

  it("are written shortly", () => {
    assert.equal(formatPorts(noPorts), "none");
    assert.equal(formatPorts(allPorts), "all ports");
    assert.equal(formatPorts(wholeProtocol("UDP")), "all UDP");
    assert.equal(
      formatPorts(
        union([portRange("TCP", 9000, 9100), portRange("UDP", 53), portRange("TCP", 80), portRange("TCP", 81)]),
      ),
      "80-81, 9000-9100, 53/UDP",
    );
    assert.equal(formatPorts(difference(allPorts, portRange("TCP", 80))), "1-79, 81-65535, all UDP, all SCTP");
  });
});
