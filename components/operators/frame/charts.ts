import { ChartError } from "../../charts/chart";
import type { ChartFacts } from "../../charts/facts";
import { scanOperators } from "./registry";

/** What the operators count on in each chart, by its entry in charts.lock.json. */
export function allChartFacts(): ReadonlyMap<string, ChartFacts> {
  const charts = scanOperators().flatMap(({ chart, crdCharts }) => [
    ...(chart === undefined ? [] : [chart]),
    ...crdCharts,
  ]);
  return new Map(charts.map((chart) => [chart.entry, chart]));
}

/** @throws {ChartError} where no operator has this chart. */
export function chartFacts(entry: string): ChartFacts {
  const facts = allChartFacts().get(entry);
  if (facts === undefined) {
    throw new ChartError(`chart ${entry}: no operator of components/operators has it; name it in a chart.ts there`);
  }
  return facts;
}
