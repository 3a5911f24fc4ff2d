import assert from "node:assert/strict";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { isUnknownValue } from "../../policypack/engine/preview";
import { policySettings } from "../../policypack/engine/settings";
import type { StackObject } from "../../policypack/engine/stack";
import { fixtures, settingsFor, TODAY } from "./harness";

const rules = loadRules().filter((rule) => rule.type === "expression");

/** All rules mandatory, each with the parameters of its own fixtures. */
function engine(): Engine {
  const levels = Object.fromEntries(rules.flatMap((rule) => Object.entries(settingsFor(rule).rules)));
  return new Engine(rules, policySettings.parse({ rules: levels }), TODAY);
}

describe("remembered verdicts", () => {
  it("equal those found afresh, whatever was judged before", function () {
    this.timeout(120_000);
    const objects = rules
      .flatMap((rule) => [...fixtures(rule, "good"), ...fixtures(rule, "bad")])
      .flatMap((fixture) => fixture.objects.map((object) => readObject(object, {}, isUnknownValue)))
      .filter((object): object is StackObject => object !== undefined);
    const one = engine();
    const text = (each: Engine, object: StackObject, version: string): string =>
      JSON.stringify(each.judge(object, { role: "suite", podSecurityVersion: version }));
    for (const version of ["v1.24", "latest"]) {
      const forwards = objects.map((object) => text(one, object, version));
      const fresh = engine();
      // In the other order every rule meets each object with other verdicts in memory.
      const backwards = [...objects]
        .reverse()
        .map((object) => text(fresh, object, version))
        .reverse();
      assert.deepEqual(forwards, backwards);
    }
    // And with nothing in memory at all, on a sample.
    for (const object of objects.filter((_, index) => index % 25 === 0)) {
      assert.equal(text(one, object, "latest"), text(engine(), object, "latest"));
    }
  });
});
