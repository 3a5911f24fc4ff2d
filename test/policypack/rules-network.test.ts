import assert from "node:assert/strict";
import { flows } from "../../suite/flows";
import { networkObjects } from "../../components/network/render";
import { samePorts } from "../../policypack/rules/network/any-address";
import { loadRules } from "../../policypack/engine/load";
import { base, everything, inputOf } from "../components/network/world";
import { judge } from "./harness";
import { longLists, mutationTests } from "./rules-mutants";

/** A block too small to count cannot be judged instead of being too small: a violation either way. */
const tooSmall = '"0" -> "0~"';

mutationTests("network", {
  "network/admin-policy-egress-private-ranges": [tooSmall, ...longLists("p.?networks.orValue([])")],
  // Where the comparison of rules with each other ends.
  "network/any-address": [
    ...longLists("blocks"),
    "rules.size() > 50 -> (rules.size() >= 50)",
    "50 -> 51",
    "50 -> 49",
    `rules.size() > 50 ? [r] : ${samePorts} -> (${samePorts})`.replace(/\s+/g, " "),
  ],
  "network/calico-any-peer": [
    tooSmall,
    ...longLists("r.source.?nets.orValue([])"),
    ...longLists("r.destination.?nets.orValue([])"),
  ],
  "network/calico-egress-private-ranges": [tooSmall, ...longLists("d.nets"), ...longLists("d.?notNets.orValue([])")],
  "network/cilium-any-address": longLists("blocks"),
  // A group of ranges without the guard is an error, and so a violation as well.
  "network/cilium-egress-metadata": ["has(c.cidr) && !has(c.except) -> (!has(c.except))"],
  "network/cilium-egress-private-ranges": [tooSmall, ...longLists("c.?except.orValue([])")],
  "network/egress-private-ranges": [tooSmall, ...longLists("p.ipBlock.?except.orValue([])")],
});

describe("the platform's own network policies", () => {
  const rules = loadRules().filter(
    ({ id, definition }) => id.startsWith("network/") && definition.levels.mijnbureau === "mandatory",
  );

  for (const [name, settings] of Object.entries({ base, everything })) {
    it(`break no mandatory rule, with ${name}`, () => {
      const { byNamespace, clusterWide } = networkObjects(flows, inputOf(settings));
      const objects = [...[...byNamespace.values()].flat(), ...clusterWide];
      assert.ok(objects.length > 0 && rules.length > 0);
      const found = rules.flatMap((rule) => judge(rule, objects).map(({ message }) => `${rule.id}: ${message}`));
      assert.deepEqual([...new Set(found)], []);
    });
  }
});
