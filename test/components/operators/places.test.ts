import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { referencePlans } from "../../../cli/charts/values";
import { chartLock } from "../../../components/charts/lock";
import { broughtBy } from "../monitoring/all";
import { scanOperators } from "../../../components/operators/frame/registry";

const root = path.join(__dirname, "../../..");

/** Operators that run, and whose failure no alert of their own tells. */
const alertedOtherwise: Readonly<Record<string, string>> = {
  "alloy-node": "the group alloy holds its alerts",
  "confidential-containers": "installs runtimes on nodes and is done",
  "falco-audit": "the group falco holds its alerts",
  "grafana-operator": "keeps nothing running: dashboards stay as they are without it",
  "kata-deploy": "installs runtimes on nodes and is done",
  "kube-bench": "Loki's rules tell what its jobs find and that they ran",
  "metrics-server": "kubernetes' own alerts on APIServices tell it",
  "security-profiles-operator": "a pod whose profile is missing does not start, which is alerted",
  "snapshot-controller": "a backup without its snapshot fails, which is alerted",
};

/** What an operator lacks in places other than its own, as sentences that name the place. */
function lacking(operator: string, entries: readonly string[]): string[] {
  const charts = entries.flatMap((entry) => {
    const standIn = `test/charts/${entry}/Chart.yaml`;
    return [
      ...(chartLock.has(entry)
        ? []
        : [`charts.lock.json: has no entry "${entry}"; pin its version and digest there (docs/charts.md)`]),
      ...(fs.existsSync(path.join(root, standIn)) ? [] : [`${standIn}: is not there; see test/charts/README.md`]),
    ];
  });
  const silent =
    entries.length > 0 && broughtBy(operator).alerts.length === 0 && alertedOtherwise[operator] === undefined;
  return [
    ...charts,
    ...(silent
      ? [`components/operators/${operator}: no alerts.ts tells when it fails; add one, or a reason here`]
      : []),
  ];
}

describe("what an operator needs elsewhere", () => {
  const charts = new Map<string, string[]>();
  before(() => {
    for (const { operator, chart, crds } of referencePlans(root)) {
      charts.set(operator, [...new Set([...(chart === undefined ? [] : [chart.entry]), ...crds])]);
    }
  });

  for (const { name } of scanOperators()) {
    it(`${name}: is there`, () => {
      const found = lacking(name, charts.get(name) ?? []);
      assert.ok(found.length === 0, [`operators.${name}:`, ...found].join("\n  "));
    });
  }

  it("is told of an operator that has none of it", () => {
    assert.deepEqual(lacking("reloader", ["reloader"]), [
      `charts.lock.json: has no entry "reloader"; pin its version and digest there (docs/charts.md)`,
      "test/charts/reloader/Chart.yaml: is not there; see test/charts/README.md",
      "components/operators/reloader: no alerts.ts tells when it fails; add one, or a reason here",
    ]);
  });

  it("names only operators that there are", () => {
    const known = new Set(scanOperators().map(({ name }) => name));
    assert.deepEqual(
      Object.keys(alertedOtherwise).filter((name) => !known.has(name)),
      [],
    );
  });
});
