import assert from "node:assert/strict";
import { testsFor } from "./changed";

describe("tests of what has changed", () => {
  const tests = ["components/charts/archive", "components/operators/flows", "cli/charts", "lib/cidr", "policypack/cel"];
  const operators = new Set(["velero"]);

  for (const [file, name] of [
    ["components/operators/velero/rbac.ts", "velero"],
    ["components/operators/frame/define.ts", "components/operators"],
    ["components/charts/archive.ts", "components/charts/archive"],
    ["components/charts/cache.ts", "components/charts"],
    ["components/plan.ts", "components"],
    ["policypack/rules/network/any-address.ts", "network/"],
    ["policypack/rules/network/any-address.bad.yaml", "network/"],
    ["policypack/engine/stack.ts", "policypack"],
    ["test/lib/cidr.test.ts", "lib/cidr"],
    ["test/components/support.ts", "components"],
    ["lib/json.ts", "lib"],
    ["docs/toolchain.md", undefined],
    ["README.md", undefined],
    ["index.ts", undefined],
  ] as const) {
    it(`of ${file}: ${name ?? "none"}`, () => {
      assert.equal(testsFor(file, tests, operators), name);
    });
  }
});
