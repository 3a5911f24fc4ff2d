import assert from "node:assert/strict";
import { CompiledRule } from "../../policypack/engine/compiled";
import { loadRules } from "../../policypack/engine/load";
import { fixtures, judge, settingsFor } from "./harness";

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
          assert.deepEqual(
            judge(rule, fixture.objects).map((finding) => `${finding.decision}: ${finding.message}`),
            [],
          );
        });
      }

      for (const fixture of fixtures(rule, "bad")) {
        it(`refuses bad document ${fixture.document}`, () => {
          const findings = judge(rule, fixture.objects);
          assert.ok(findings.length > 0, "no finding");
          for (const finding of findings) {
            assert.equal(finding.decision, "violated", finding.message);
            assert.doesNotMatch(finding.message, /cannot be judged/);
            assert.ok(
              finding.message.includes(finding.kind) && finding.message.includes(finding.name),
              finding.message,
            );
          }
        });
      }
    });
  }
});
