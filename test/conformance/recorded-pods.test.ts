import assert from "node:assert/strict";
import { podSecurityEngine } from "./pod-security";
import { recordedPodDifferences } from "./recorded-pods";

describe("pods that Pod Security admission judged on a real API server", function () {
  this.timeout(120_000);

  for (const kind of ["Pod", "Deployment"] as const) {
    it(`get its verdict from our rules, per control, at every version (${kind})`, () => {
      const { comparisons, differences } = recordedPodDifferences(podSecurityEngine(), kind);
      assert.ok(comparisons > 10_000, `${comparisons} comparisons`);
      assert.deepEqual(differences, []);
    });
  }
});
