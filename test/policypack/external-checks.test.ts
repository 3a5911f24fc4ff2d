import assert from "node:assert/strict";
import { loadRules } from "../../policypack/engine/load";
import { excusedChecks, externalChecks, mappingOf } from "../../policypack/external-checks";
import type { Tool } from "../../policypack/external-checks";

const tools: readonly Tool[] = ["checkov", "kubeScore"];

describe("checks of other scanners", () => {
  const rules = loadRules();
  const ids = new Set(rules.map(({ id }) => id));

  for (const tool of tools) {
    it(`${tool}: each has a rule or a reason`, () => {
      const open = mappingOf(tool, rules).filter(({ rules: own, reason }) => own.length === 0 && reason === undefined);
      assert.deepEqual(
        open.map(({ check }) => check),
        [],
      );
    });

    it(`${tool}: rules only name checks that exist`, () => {
      const known = new Set(externalChecks[tool]);
      assert.equal(known.size, externalChecks[tool].length);
      const unknown = rules.flatMap(({ id, definition }) =>
        (definition.standards[tool] ?? []).filter((check) => !known.has(check)).map((check) => `${id}: ${check}`),
      );
      assert.deepEqual(unknown, []);
    });

    it(`${tool}: reasons are for checks that exist, once, and name rules that exist`, () => {
      const excused = excusedChecks(tool);
      assert.equal(new Set(excused).size, excused.length);
      assert.deepEqual(
        excused.filter((check) => !externalChecks[tool].includes(check)),
        [],
      );
      const missing = mappingOf(tool, rules).flatMap((mapping) => mapping.rules.filter((id) => !ids.has(id)));
      assert.deepEqual(missing, []);
    });
  }
});
