import assert from "node:assert/strict";
import { disagreement, podSecurityEngine, upstreamFixtures, upstreamTestdata } from "../conformance/pod-security";
import { recordedVerdicts, verdictDifferences } from "../conformance/verdicts";
import { skip } from "../support/needs";

describe("Pod Security rules", function () {
  this.timeout(120_000);

  for (const level of ["baseline", "restricted"] as const) {
    it(`give upstream's verdict on each of its own fixtures of level ${level}, from v1.0 to the newest`, function () {
      const testdata = upstreamTestdata();
      if (testdata === undefined) {
        return skip(this, "k8s.io/pod-security-admission cannot be fetched: needs go and its module proxy or cache");
      }
      const engine = podSecurityEngine();
      const fixtures = [...upstreamFixtures(testdata.directory, level)];
      assert.ok(fixtures.length > 1000, `${fixtures.length} fixtures`);
      assert.deepEqual(
        fixtures.flatMap((fixture) => disagreement(engine, fixture) ?? []),
        [],
      );
    });
  }

  it("give the recorded verdict per control on other projects' objects", function () {
    const verdicts = recordedVerdicts();
    if (verdicts === undefined) {
      return skip(this, "../shared/corpus/pod-security-verdicts.jsonl.gz is not there");
    }
    const engine = podSecurityEngine();
    assert.ok(verdicts.length > 0);
    assert.deepEqual(
      verdicts.flatMap((verdict) => verdictDifferences(engine, verdict)),
      [],
    );
  });
});
