import assert from "node:assert/strict";
import { checksOf } from "../../policypack/external-checks";
import { compareLabels, labelledObjects } from "./labelled";
import type { Comparison, Label } from "./labelled";
import { explains, labelledDisagreements } from "./labelled-disagreements";
import { skip } from "../support/needs";

const name = ({ label, violated }: Comparison): string =>
  `${label.tool} ${label.checks.join("|")} ${label.expect}, ours [${violated.join(", ")}]: ${label.file}`;

/** Checks of Checkov's own examples for writing checks, which are no checks of its. */
const examples = ["example_NoDefaultNamespace", "graph:IsNotEmpty", "graph:NoDefaultNamespace"];

describe("objects labelled by other tools' own tests", function () {
  this.timeout(120_000);
  let labels: readonly Label[] | undefined;
  let comparisons: readonly Comparison[] = [];

  before(function () {
    labels = labelledObjects();
    if (labels === undefined) return skip(this, "../shared/corpus/labelled-objects.jsonl.gz is not there");
    comparisons = compareLabels(labels);
  });

  it("name checks that the tables know", () => {
    const unknown = (labels ?? []).flatMap(({ tool, checks }) =>
      checks.filter((check) => !checksOf(tool).includes(check) && !examples.includes(check)),
    );
    assert.deepEqual([...new Set(unknown)], []);
  });

  it("get their label's verdict from our rules, or a reason why not", () => {
    assert.ok(comparisons.length > 3000, `${comparisons.length} comparisons`);
    const open = comparisons.filter(
      (each) => !each.agrees && !labelledDisagreements.some((disagreement) => explains(disagreement, each.label)),
    );
    assert.deepEqual(open.map(name), []);
  });

  it("disagree where a reason says so", () => {
    const idle = labelledDisagreements.filter(
      (disagreement) => !comparisons.some((each) => !each.agrees && explains(disagreement, each.label)),
    );
    assert.deepEqual(
      idle.map(({ tool, check, expect }) => `${tool} ${check} ${expect}`),
      [],
    );
  });

  it("have no reason for a verdict on which we agree", () => {
    const wide = comparisons.filter(
      (each) => each.agrees && labelledDisagreements.some((disagreement) => explains(disagreement, each.label)),
    );
    assert.deepEqual(wide.map(name), []);
  });
});
