import assert from "node:assert/strict";
import { join } from "node:path";
import { loadDocuments } from "../../../cli/verify/documents";
import { repairObject } from "../admission/repair";
import { NEWEST_PASSED, podSecurityVersion } from "../../../components/namespace/pod-security";
import { readObject } from "../../../policypack/engine/engine";
import { asObject } from "../../../lib/json";
import { podSecurityEngine } from "../../conformance/pod-security";
import { needFile } from "../../support/needs";

const corpus = join(__dirname, "..", "..", "..", "..", "shared", "corpus", "mijnbureau");
const engine = podSecurityEngine();

/** What an object breaks, with who and where, in a namespace that pins the version. */
function violations(object: unknown, podSecurityVersion: string): string[] {
  const given = asObject(object);
  assert.ok(given !== undefined);
  const read = readObject(repairObject(given, { appArmor: false, userRanges: false }));
  if (read === undefined) return [];
  const context = { role: "suite", podSecurityVersion, podSecurityLevel: "restricted" } as const;
  return engine
    .judge(read, context)
    .flatMap(({ decision, rule }) => (decision === "violated" ? [`${read.kind} ${read.name}: ${rule}`] : []));
}

describe("the Pod Security version that namespaces pin", () => {
  it("is what the stack says", () => {
    assert.equal(podSecurityVersion("v1.33", "v1.36.3"), "v1.33");
  });

  it("follows the API server, up to what the suite passes", () => {
    assert.equal(podSecurityVersion(undefined, "v1.34.1"), "v1.34");
    assert.equal(podSecurityVersion(undefined, "v1.36.3-eks-1"), "v1.36");
    assert.equal(podSecurityVersion(undefined, `v1.${String(NEWEST_PASSED + 4)}.0`), `v1.${String(NEWEST_PASSED)}`);
  });

  for (const environment of ["production", "demo"]) {
    it(`refuses nothing of the suite that an older one lets through: ${environment}`, function () {
      needFile(this, corpus);
      const { documents } = loadDocuments([join(corpus, environment)]);
      assert.ok(documents.length > 0);
      for (const { object } of documents) {
        const newest = violations(object, `v1.${String(NEWEST_PASSED)}`);
        const older = new Set(violations(object, "v1.33"));
        assert.deepEqual(
          newest.filter((each) => !older.has(each)),
          [],
        );
      }
    });
  }
});
