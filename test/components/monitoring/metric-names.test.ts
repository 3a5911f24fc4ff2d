import assert from "node:assert/strict";
import { z } from "zod";
import { lockedChart } from "../../../components/charts/lock";
import { grafanaModel } from "../../../components/monitoring/dashboards/dashboard";
import { alertGroups, allDashboards } from "./all";
import { metricsOf } from "./queries";
import upstream from "./upstream/metrics.json";

const apps = ["mijnbureau-docs"];
const products = z
  .record(
    z.string(),
    z.object({
      chart: z.string(),
      /** Of the names of its metrics. */
      prefixes: z.array(z.string()),
      sources: z.array(z.object({ repository: z.string(), version: z.string(), files: z.array(z.string()) })),
      names: z.array(z.string()),
    }),
  )
  .parse(upstream);

/** Every query of a value, however deep. */
function queriesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === "expr" && typeof inner === "string" ? [inner] : queriesIn(inner),
  );
}

const used = new Set(
  [
    ...alertGroups.flatMap((group) => group.alerts({ apps }).map(({ expr }) => expr)),
    ...allDashboards(apps).flatMap((dashboard) => queriesIn(grafanaModel(dashboard))),
  ].flatMap(metricsOf),
);

/** The product with the longest prefix of the name: Falcosidekick's begin as Falco's do. */
function productOf(metric: string): string | undefined {
  const candidates = Object.entries(products).flatMap(([name, { prefixes }]) =>
    prefixes.filter((prefix) => metric.startsWith(prefix)).map((prefix) => ({ name, prefix })),
  );
  return candidates.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.name;
}

describe("metrics of alerts and dashboards", () => {
  for (const [product, { chart, names, sources }] of Object.entries(products)) {
    it(`${product}: every one is a metric of ${sources.map(({ version }) => version).join(", ")}`, () => {
      const own = [...used].filter((metric) => productOf(metric) === product);
      assert.ok(own.length > 0, "none is used");
      assert.deepEqual(
        own.filter((metric) => !names.includes(metric)),
        [],
      );
      const [first] = sources;
      assert.equal(first?.version.replace(/^v/, ""), lockedChart(chart).appVersion.replace(/^v/, ""));
    });
  }

  it("are read out of queries without functions, labels and durations", () => {
    assert.deepEqual(
      metricsOf('sum by (a, b) (rate(x_total{c="d"}[5m])) > 0 or on () group_left (e) y:z offset 1d unless absent(w)'),
      ["x_total", "y:z", "w"],
    );
    assert.equal(productOf("falcosecurity_falcosidekick_outputs_total"), "falcosidekick");
    assert.equal(productOf("falcosecurity_scap_n_evts_total"), "falco");
  });
});
