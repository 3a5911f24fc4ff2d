import assert from "node:assert/strict";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { TODAY } from "./harness";
import { hostileTexts, objectsWith } from "./hostile";

const catalogue = loadRules();
const everything = policySettings.parse({
  profile: "strict",
  rules: Object.fromEntries(catalogue.map(({ id }) => [id, { level: "mandatory" }])),
});

describe("texts that are made to take long", () => {
  for (const [name, text] of Object.entries(hostileTexts(1_000_000))) {
    it(`do not: ${name}`, function () {
      this.timeout(300_000);
      const objects = objectsWith(text)
        .map((object) => readObject(object))
        .filter((object): object is StackObject => object !== undefined);
      const stack = new StackIndex(objects, { unlisted: "owned" });
      const slow: string[] = [];
      for (const rule of catalogue) {
        const engine = new Engine([rule], everything, TODAY);
        const start = process.cpuUsage();
        engine.judgeAll(stack, "any");
        const { user } = process.cpuUsage(start);
        // A linear look at the 14 texts takes some tenths of a second at most.
        if (user > 8_000_000) slow.push(`${rule.id}: ${Math.round(user / 1_000_000)} s`);
      }
      assert.deepEqual(slow, []);
    });
  }
});
