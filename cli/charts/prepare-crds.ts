import * as fs from "node:fs";
import { cacheEntry } from "../../components/charts/cache";
import type { LockedChart } from "../../components/charts/lock";
import { crdFiles, crdsIn, type PreparedCrds } from "../../components/crds/crds";
import { chartFacts } from "../../components/operators/frame/charts";
import type { ChartValues } from "../../components/charts/facts";
import type { CustomResourceDefinition } from "../../components/crds/strip";
import { ChartsError } from "./error";
import { helmTemplate } from "./helm";

/** Whether the chart is in the cache and its CRDs have not been prepared yet. */
export function needsPreparing(cacheRoot: string, chart: LockedChart): boolean {
  const entry = cacheEntry(cacheRoot, chart);
  return chartFacts(chart.name).crds.kind !== "none" && fs.existsSync(entry.directory) && !fs.existsSync(entry.crds);
}

/**
 * Prepares the CRDs of a chart in the cache once, so that `pulumi up` needs neither Helm nor the time for it.
 *
 * @param helm path of Helm; only asked for where the CRDs are templates.
 * @returns how many there are.
 * @throws {ChartsError} if Helm fails or there are none.
 */
export async function prepareCrds(helm: () => Promise<string>, cacheRoot: string, chart: LockedChart): Promise<number> {
  const { crds: source } = chartFacts(chart.name);
  if (source.kind === "none") return 0;
  const entry = cacheEntry(cacheRoot, chart);
  const crds =
    source.kind === "files"
      ? crdFiles(entry.directory, source.folders)
      : await renderedCrds(await helm(), entry.directory, chart.name, source.values);
  if (crds.length === 0) {
    throw new ChartsError(`chart ${chart.name} ${chart.version}: holds no CRD where its operator's chart.ts says`);
  }
  const content: PreparedCrds = { chart: `${chart.name} ${chart.version}`, crds };
  fs.writeFileSync(`${entry.crds}.draft`, JSON.stringify(content));
  fs.renameSync(`${entry.crds}.draft`, entry.crds);
  return crds.length;
}

async function renderedCrds(
  helm: string,
  folder: string,
  name: string,
  values: ChartValues,
): Promise<CustomResourceDefinition[]> {
  const rendering = { helm, chart: folder, release: name, namespace: name, values: JSON.stringify(values) };
  return crdsIn(await helmTemplate({ ...rendering, includeCrds: true }), `helm template ${name}`);
}
