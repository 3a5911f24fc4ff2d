/** `npm run conformance`: our verdicts against the upstream evaluator's and other tools' own, per corpus. */
import { disagreement, podSecurityEngine, upstreamFixtures, upstreamTestdata } from "./pod-security";
import { compareLabels, labelledObjects } from "./labelled";
import type { Comparison } from "./labelled";
import { explains, labelledDisagreements } from "./labelled-disagreements";
import { recordedPodDifferences, recordedPods } from "./recorded-pods";
import { kubernetesApiDifference } from "./kubernetes-api";
import { loadRules } from "../../policypack/engine/load";
import { costs, hostileUnits } from "../policypack/linear-time";
import { sigsYaml, theirReadings, yamlDifferences, yamlDocuments } from "./yaml";
import { recordedVerdicts, verdictDifferences } from "./verdicts";

interface Row {
  readonly corpus: string;
  readonly objects: number;
  readonly comparisons: number;
  readonly disagreements: readonly string[];
  /** Disagreements with a reason, and how many of them are a gap of ours. */
  readonly explained?: { readonly count: number; readonly reasons: number; readonly gaps: number };
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

function admitted(): Row {
  const engine = podSecurityEngine();
  const parts = (["Pod", "Deployment"] as const).map((kind) => recordedPodDifferences(engine, kind));
  return {
    corpus: "recorded-pods.jsonl (Pod Security admission of a real API server, as pods and as templates)",
    objects: recordedPods().length,
    comparisons: parts.reduce((sum, { comparisons }) => sum + comparisons, 0),
    disagreements: parts.flatMap(({ differences }) => differences),
  };
}

function labelled(): readonly (Row | string)[] {
  const labels = labelledObjects();
  if (labels === undefined) return ["labelled-objects.jsonl.gz: not given"];
  const comparisons = compareLabels(labels);
  return [...new Set(comparisons.map(({ label }) => label.corpus))].map((corpus) =>
    labelledRow(
      corpus,
      comparisons.filter(({ label }) => label.corpus === corpus),
    ),
  );
}

function labelledRow(corpus: string, comparisons: readonly Comparison[]): Row {
  const disagreements = comparisons.filter(({ agrees }) => !agrees).map(({ label }) => label);
  const reasons = labelledDisagreements.filter((each) => disagreements.some((label) => explains(each, label)));
  const open = disagreements.filter((label) => !reasons.some((each) => explains(each, label)));
  const gaps = disagreements.filter((label) => reasons.some((each) => each.gap === true && explains(each, label)));
  return {
    corpus: `labelled-objects.jsonl.gz, ${corpus}`,
    objects: comparisons.reduce((sum, { label }) => sum + label.objects.length, 0),
    comparisons: comparisons.length,
    disagreements: open.map(({ checks, expect, file }) => `${checks.join("|")} ${expect}: ${file}`),
    explained: { count: disagreements.length - open.length, reasons: reasons.length, gaps: gaps.length },
  };
}

function print(row: Row | string): number {
  if (typeof row === "string") {
    console.log(`SKIPPED  ${row}`);
    return 0;
  }
  const { corpus, objects, comparisons, disagreements, explained } = row;
  const agreements = comparisons - disagreements.length - (explained?.count ?? 0);
  const listed =
    explained === undefined
      ? ""
      : `, ${explained.count} with one of ${explained.reasons} reasons (${explained.gaps} of them a gap)`;
  console.log(
    `${corpus}: ${objects} objects, ${agreements} agreements, ${disagreements.length} disagreements${listed}`,
  );
  for (const each of disagreements.slice(0, SHOWN)) console.log(`  ${each}`);
  if (disagreements.length > SHOWN) console.log(`  … and ${disagreements.length - SHOWN} more`);
  return disagreements.length;
}

/** Documents that are made up on each run, of which the seed is printed. */
const YAML_DOCUMENTS = 30_000;

async function yaml(): Promise<Row | string> {
  const binary = await sigsYaml();
  if (binary === undefined) return "sigs.k8s.io/yaml: not available (needs go and its module proxy or cache)";
  const seed = Number(process.env["YAML_SEED"] ?? Date.now() % 1_000_000);
  const documents = yamlDocuments(seed, YAML_DOCUMENTS);
  return {
    corpus: `sigs.k8s.io/yaml on documents that are made up (YAML_SEED=${seed})`,
    objects: documents.length,
    comparisons: documents.length,
    disagreements: yamlDifferences(documents, theirReadings(binary, documents)),
  };
}

function served(): Row | string {
  const difference = kubernetesApiDifference();
  if (difference === undefined) return "k8s.io/kubernetes: not available (needs go and its module proxy or cache)";
  return { corpus: "k8s.io/kubernetes, OpenAPI document", objects: 1, comparisons: 1, disagreements: difference };
}

/** The length of hostile text, the places of it in each rule's fixtures, and far above what a linear rule takes. */
const HOSTILE = { length: 1_000_000, places: 8, milliseconds: 2_500 };

function hostile(): Row {
  const all = loadRules().flatMap((rule) =>
    hostileUnits.flatMap((unit) => [...costs(rule, unit, HOSTILE.length, HOSTILE.places)]),
  );
  const slow = all.filter(({ milliseconds }) => milliseconds > HOSTILE.milliseconds);
  return {
    corpus: "each rule on hostile text of a million characters, in the time of its length",
    objects: all.length,
    comparisons: all.length,
    disagreements: slow.map(
      ({ rule, unit, path, milliseconds }) => `${rule} on ${unit} at ${path}: ${milliseconds} ms`,
    ),
  };
}

async function main(): Promise<void> {
  const rows = [upstream(), admitted(), recorded(), ...labelled(), await yaml(), served(), hostile()];
  const total = rows.reduce((sum, row) => sum + print(row), 0);
  process.exitCode = total === 0 ? 0 : 1;
}

void main();
