import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { loadRules } from "../../policypack/engine/load";
import { checkId, checksOf, mappingOf, toolChecks, tools } from "../../policypack/external-checks";

describe("checks of other scanners", () => {
  const rules = loadRules();
  const ids = new Set(rules.map(({ id }) => id));

  for (const tool of tools) {
    const checks = checksOf(tool);
    const named = rules.flatMap(({ id, definition }) =>
      (definition.standards[tool] ?? []).map((name) => ({ id, name, check: checkId(tool, name) })),
    );

    it(`${tool}: each stands in the table once`, () => {
      assert.deepEqual(
        checks.filter((check, index) => checks.indexOf(check) !== index),
        [],
      );
    });

    it(`${tool}: each has a rule or a reason`, () => {
      const open = mappingOf(tool, rules).filter(({ rules: own, reason }) => own.length === 0 && reason === undefined);
      assert.deepEqual(
        open.map(({ check }) => check),
        [],
      );
    });

    it(`${tool}: rules only name checks that exist`, () => {
      const unknown = named.filter(({ check }) => !checks.includes(check)).map(({ id, name }) => `${id}: ${name}`);
      assert.deepEqual(unknown, []);
    });

    it(`${tool}: those taken for judged are named by a rule, and no reason remains for one that is`, () => {
      const { judged, groups } = toolChecks[tool];
      const byRules = new Set(named.map(({ check }) => check));
      assert.deepEqual(
        judged.filter((check) => !byRules.has(check)),
        [],
      );
      assert.deepEqual(
        groups.flatMap((group) => group.checks).filter((check) => byRules.has(check)),
        [],
      );
    });

    it(`${tool}: the table names rules that exist`, () => {
      const missing = mappingOf(tool, rules).flatMap((mapping) => mapping.rules.filter((id) => !ids.has(id)));
      assert.deepEqual(missing, []);
    });
  }

  it("are known under each of their names", () => {
    for (const name of ["KSV-0001", "AVD-KSV-0001", "KSV001"]) assert.equal(checkId("trivy", name), "KSV-0001", name);
    assert.equal(checkId("trivy", "AVD-KSV-01010"), "KSV-01010");
    assert.equal(checkId("trivy", "AVD-KCV-0093"), "KCV-0093");
    assert.equal(checkId("kyverno", "pod-security-cel/baseline/disallow-selinux#role"), "disallow-selinux");
    assert.equal(checkId("kyverno", "validate-probes"), "ensure-probes-different");
    assert.equal(checkId("checkov", "graph:ReadAllSecrets"), "CKV2_K8S_5");
    const kinds = { K8sPSPPrivilegedContainer: "privileged-containers", k8sallowedrepos: "allowedrepos" };
    for (const [kind, folder] of Object.entries({ ...kinds, K8sPSPVolumeTypes: "volumes" }))
      assert.equal(checkId("gatekeeper", kind), folder);
    assert.equal(checkId("kubeScore", "Container Image Tag"), "container-image-tag");
  });

  // Each tool's own list, as its repository has it; of Checkov and kube-score there is none beside the tables.
  const upstream = z
    .partialRecord(z.enum(tools), z.string())
    .parse(parse(readFileSync(join(__dirname, "upstream-checks.yaml"), "utf8")));
  for (const tool of tools) {
    const listed = upstream[tool];
    if (listed === undefined) continue;
    it(`${tool}: the table has every check that the tool has, and no other`, () => {
      const known = new Set(listed.split(/\s+/).map((name) => checkId(tool, name)));
      assert.deepEqual([...checksOf(tool)].sort(), [...known].sort());
    });
  }

  it("are compared with the tools' own lists, but for two", () => {
    assert.deepEqual(
      tools.filter((tool) => upstream[tool] === undefined),
      ["checkov", "kubeScore"],
    );
  });
});
