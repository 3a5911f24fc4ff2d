import assert from "node:assert/strict";
import { CompiledRule } from "../../policypack/engine/compiled";
import { loadRules } from "../../policypack/engine/load";
import type { Finding } from "../../policypack/engine/findings";
import { fixtures, judge, settingsFor } from "./harness";

const shown = (objects: readonly unknown[]): string => JSON.stringify(objects).slice(0, 2_000);

function assertNamed({ decision, message, kind, name }: Finding): void {
  assert.equal(decision, "violated", message);
  assert.doesNotMatch(message, /cannot be judged/);
  assert.ok(message.includes(kind) && message.includes(name), message);
}

describe("rules", () => {
  const rules = loadRules();

  for (const rule of rules) {
    describe(rule.id, () => {
      it("parses, whatever version is chosen", () => {
        if (rule.type !== "expression") return;
        const compiled = new CompiledRule(rule, settingsFor(rule));
        for (const minor of [0, 19, 25, 33, 35, 37, Number.POSITIVE_INFINITY]) compiled.valid(minor);
        assert.doesNotThrow(() => [compiled.when(), compiled.detail()]);
      });

      it("has good and bad fixtures", () => {
        assert.ok(fixtures(rule, "good").length > 0, `${rule.id}.good.yaml is missing or empty`);
        assert.ok(fixtures(rule, "bad").length > 0, `${rule.id}.bad.yaml is missing or empty`);
      });

      for (const fixture of fixtures(rule, "good")) {
        it(`allows good document ${fixture.document}`, () => {
          for (const objects of [fixture.objects, ...fixture.others]) {
            const found = judge(rule, objects).map((finding) => `${finding.decision}: ${finding.message}`);
            assert.deepEqual(found, [], shown(objects));
          }
        });
      }

      for (const fixture of fixtures(rule, "bad")) {
        it(`refuses bad document ${fixture.document}`, () => {
          for (const objects of [fixture.objects, ...fixture.others]) {
            const findings = judge(rule, objects);
            assert.ok(findings.length > 0, `no finding in ${shown(objects)}`);
            for (const finding of findings) assertNamed(finding);
          }
        });
      }
    });
  }
});
