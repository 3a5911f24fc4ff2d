import assert from "node:assert/strict";
import { loadRules } from "../../policypack/engine/load";
import { matchesPattern, admitsAddresses, portNames } from "../../policypack/rules/stack/_selection";
import { stackObject } from "../../policypack/engine/stack";
import { fixtures } from "./harness";

describe("pieces of the stack rules", () => {
  it("match names by pattern, with every other character meaning itself", () => {
    assert.ok(matchesPattern(["a*c"], "abc"));
    assert.ok(matchesPattern(["x", "*"], "anything"));
    assert.ok(!matchesPattern(["a.c"], "abc"));
    assert.ok(!matchesPattern(["ab"], "abc"));
    assert.ok(!matchesPattern([], "abc"));
  });

  it("admit addresses by a rule without peers or ports, and by no pod selector", () => {
    assert.ok(admitsAddresses({}, [443]));
    assert.ok(admitsAddresses({ ports: [{ protocol: "TCP" }] }, [443]));
    assert.ok(!admitsAddresses({ ports: [{ port: 80 }] }, [443]));
    assert.ok(!admitsAddresses({ from: [{ podSelector: {} }] }, [443]));
  });

  it("know a port of a container by its name and its number", () => {
    const pod = stackObject({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "i:1", ports: [{ name: "https", containerPort: 8443 }] }] },
    });
    assert.ok(portNames(pod, "https").includes(8443));
    assert.ok(portNames(pod, 8443).includes("https"));
    assert.deepEqual(portNames(pod, 9090), [9090]);
  });

  it("each say in one fixture per defect what is wrong", () => {
    const rules = loadRules().filter(({ id }) => id.startsWith("stack/"));
    assert.ok(rules.length > 0);
    for (const rule of rules) assert.ok(fixtures(rule, "bad").length > 1, rule.id);
  });
});
