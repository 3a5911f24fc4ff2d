import assert from "node:assert/strict";
import { fuzz, random } from "./objects";

describe("fuzzed objects", () => {
  it("never break a rule", () => {
    const { objects, findings } = fuzz(20260601, 2_000);
    assert.ok(objects > 1_500);
    // Mutated bad fixtures: most still break some rule.
    assert.ok(findings > objects);
  }).timeout(120_000);

  it("are the same for the same seed", () => {
    const [a, b] = [random(7), random(7)];
    for (let index = 0; index < 100; index++) assert.equal(a(), b());
    assert.notEqual(random(7)(), random(8)());
  });
});
