/** `npm run conformance`: our verdicts against the upstream evaluator's, per corpus. */
import { disagreement, podSecurityEngine, upstreamFixtures, upstreamTestdata } from "./pod-security";
import { recordedVerdicts, verdictDifferences } from "./verdicts";

interface Row {
  readonly corpus: string;
  readonly objects: number;
  readonly comparisons: number;
  readonly disagreements: readonly string[];
}

const SHOWN = 20;

function upstream(): Row | string {
  const testdata = upstreamTestdata();
  if (testdata === undefined)
    return "k8s.io/pod-security-admission: not available (needs go and its module proxy or cache)";
  const engine = podSecurityEngine();
  const fixtures = [
    ...upstreamFixtures(testdata.directory, "baseline"),
    ...upstreamFixtures(testdata.directory, "restricted"),
  ];
  const disagreements = fixtures.flatMap((fixture) => disagreement(engine, fixture) ?? []);
  return {
    corpus: `k8s.io/pod-security-admission ${testdata.version} test/testdata`,
    objects: fixtures.length,
    comparisons: fixtures.length,
    disagreements,
  };
}

function recorded(): Row | string {
  const verdicts = recordedVerdicts();
  if (verdicts === undefined) return "pod-security-verdicts.jsonl.gz: not given";
  const engine = podSecurityEngine();
  const comparisons = verdicts.reduce((sum, verdict) => sum + Object.keys(verdict.verdicts).length, 0);
  const disagreements = verdicts.flatMap((verdict) => verdictDifferences(engine, verdict));
  return {
    corpus: "pod-security-verdicts.jsonl.gz (per control)",
    objects: verdicts.length,
    comparisons,
    disagreements,
  };
}

function print(row: Row | string): number {
  if (typeof row === "string") {
    console.log(`SKIPPED  ${row}`);
    return 0;
  }
  const { corpus, objects, comparisons, disagreements } = row;
  console.log(
    `${corpus}: ${objects} objects, ${comparisons - disagreements.length} agreements, ${disagreements.length} disagreements`,
  );
  for (const each of disagreements.slice(0, SHOWN)) console.log(`  ${each}`);
  if (disagreements.length > SHOWN) console.log(`  … and ${disagreements.length - SHOWN} more`);
  return disagreements.length;
}

const total = [upstream(), recorded()].reduce((sum, row) => sum + print(row), 0);
process.exitCode = total === 0 ? 0 : 1;
