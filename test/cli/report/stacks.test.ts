import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { run } from "../../../cli/report";
import type { Audit } from "../../../cli/report/audit";
import { acceptedAdvice } from "../../../components/accepted-advice";
import { chartLock } from "../../../components/charts/lock";
import { projectRoot } from "../../../embedded/toolchain";
import { norms } from "../../../policypack/engine/norms/controls";
import { needCharts, needTools } from "../../support/needs";

const stacks = readdirSync(projectRoot()).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);

describe("the report of each stack, read as an auditor would", function () {
  this.timeout(120_000);
  const audits = new Map<string, Audit>();

  before(async function () {
    await needTools(this, "helm");
    needCharts(this, [...chartLock.keys()]);
    for (const stack of stacks) {
      const { out } = await run(["--stack", stack, "--offline", "--format", "json"], {
        root: projectRoot(),
        today: "2026-12-01",
      });
      audits.set(stack, JSON.parse(out) as Audit);
    }
  });

  for (const stack of stacks) {
    const audit = (): Audit => {
      const found = audits.get(stack);
      assert.ok(found !== undefined);
      return found;
    };

    it(`${stack}: nothing refused, the cluster and the state told as not seen`, () => {
      assert.deepEqual(audit().refused, []);
      assert.ok(audit().objects > 1000, `${audit().objects} objects`);
      assert.match(audit().unseen.join("\n"), /cluster was not asked[^]*no state was given/);
      assert.doesNotMatch(audit().unseen.join("\n"), /objects of operator/);
    });

    it(`${stack}: every exemption covers something, or is for what is made at run time, and has its days`, () => {
      const { exemptions } = audit();
      assert.ok(exemptions.length > 100, `${exemptions.length} exemptions`);
      for (const { rule, target, status, uses, covers, daysLeft } of exemptions) {
        const what = `${rule} for ${target}: ${status}, ${uses}`;
        if (status !== "active, for objects made at run time")
          assert.ok(status === "active" && covers.length > 0, what);
        assert.ok(daysLeft > 0, what);
      }
    });

    it(`${stack}: all advice that is not followed has a reason`, () => {
      const open = audit().advice.filter(({ why }) => why === undefined);
      assert.deepEqual(
        open.map(({ rules, objects }) => `${rules.join(", ")}: ${objects.join(", ")}`),
        [],
      );
    });

    it(`${stack}: no norm is missing, and no control passes on nothing`, () => {
      const found = new Set(audit().controls.map(({ norm }) => norm));
      assert.deepEqual([...found], Object.values(norms));
      for (const { norm, control, status, judged } of audit().controls)
        if (status === "no violation") assert.ok(judged > 0, `${norm} ${control}`);
    });
  }

  it("accepts no advice that no stack has", () => {
    const reasons = new Set([...audits.values()].flatMap(({ advice }) => advice.map(({ why }) => why)));
    assert.deepEqual(
      acceptedAdvice.filter(({ why }) => !reasons.has(why)).map(({ rule }) => rule),
      [],
    );
  });
});
