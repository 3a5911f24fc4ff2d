import * as fs from "node:fs";
import { cacheEntry } from "../../components/charts/cache";
import type { LockedChart } from "../../components/charts/lock";
import { crdsIn, crdSource, type RenderedCrds } from "../../components/crds/crds";
import { ChartsError } from "./error";
import { helmTemplate } from "./helm";

/** Whether the chart's CRDs are templates that Helm has not rendered yet. */
export function needsRendering(cacheRoot: string, chart: LockedChart): boolean {
  const entry = cacheEntry(cacheRoot, chart);
  return crdSource(chart.name).kind === "templates" && fs.existsSync(entry.directory) && !fs.existsSync(entry.crds);
}

/**
 * Renders the CRDs of a chart in the cache once, so that `pulumi up` needs neither Helm nor the time for it.
 *
 * @returns how many there are.
 * @throws {ChartsError} if Helm fails or renders none.
 */
export async function renderCrds(helm: string, cacheRoot: string, chart: LockedChart): Promise<number> {
  const source = crdSource(chart.name);
  if (source.kind !== "templates") return 0;
  const entry = cacheEntry(cacheRoot, chart);
  const rendered = await helmTemplate({
    helm,
    chart: entry.directory,
    release: chart.name,
    namespace: chart.name,
    values: JSON.stringify(source.values),
    includeCrds: true,
  });
  const crds = crdsIn(rendered, `helm template ${chart.name}`);
  if (crds.length === 0)
    throw new ChartsError(`chart ${chart.name} ${chart.version}: renders no CRD with ${JSON.stringify(source.values)}`);
  const content: RenderedCrds = { chart: `${chart.name} ${chart.version}`, crds };
  fs.writeFileSync(`${entry.crds}.draft`, JSON.stringify(content));
  fs.renameSync(`${entry.crds}.draft`, entry.crds);
  return crds.length;
}
