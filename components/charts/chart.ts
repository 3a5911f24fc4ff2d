import * as fs from "node:fs";
import * as path from "node:path";
import { cacheEntry, inspectCache } from "./cache";
import { chartLock, lockedChart, type LockedChart } from "./lock";
import { UserError } from "../../lib/errors";

/** Where charts may come from, for one stack. */
export interface ChartSource {
  /** Folder of the chart cache (`chartCacheRoot`). */
  readonly cacheRoot: string;
  /** Folder with a stand-in per chart; only the `dev` environment uses it. */
  readonly standInRoot: string;
  readonly environment: "dev" | "acc" | "prod";
  /** Accept charts whose origin is not proven in acc and prod too. */
  readonly allowUnverified: boolean;
  readonly lock?: ReadonlyMap<string, LockedChart>;
}

/** A chart that a stack can install. */
export interface ResolvedChart {
  readonly name: string;
  readonly version: string;
  /** Folder to give to `kubernetes.helm.v4.Chart`. */
  readonly path: string;
  readonly origin: "verified" | "unverified" | "stand-in";
  /** Why it is not the verified chart. */
  readonly reason?: string;
}

/** A chart cannot be installed; the message names the chart and what to do. */
export class ChartError extends UserError {}

/**
 * Finds a pinned chart: in the local cache, or, only in `dev`, the stand-in. Nothing is downloaded here: connected and
 * air-gapped installs are the same.
 *
 * @throws {ChartError} if the chart is missing, damaged, or unverified where that is refused.
 */
export function resolveChart(name: string, source: ChartSource): ResolvedChart {
  const chart = lockedChart(name, source.lock ?? chartLock);
  const found = inspectCache(source.cacheRoot, chart);
  const resolved = { name, version: chart.version, path: cacheEntry(source.cacheRoot, chart).directory };
  switch (found.state) {
    case "verified":
      return { ...resolved, origin: "verified" };
    case "unverified":
      return unverified(resolved, found.reason, source);
    case "damaged":
      throw new ChartError(
        `chart ${name} ${chart.version} in ${source.cacheRoot}: ${found.reason}. Fetch it again: npm run charts -- pull ${name}`,
      );
    case "missing":
      return standIn(chart, source);
  }
}

function unverified(
  resolved: Pick<ResolvedChart, "name" | "version" | "path">,
  reason: string,
  source: ChartSource,
): ResolvedChart {
  if (source.environment === "dev" || source.allowUnverified) return { ...resolved, origin: "unverified", reason };
  throw new ChartError(
    `chart ${resolved.name} ${resolved.version}: its origin is not proven (${reason}), and ${source.environment} refuses ` +
      `such charts. Get its digest from the project's own index: npm run charts -- pin ${resolved.name}, then ` +
      `npm run charts -- pull ${resolved.name}; or accept it: pulumi config set --path mijnbureau-platform:charts.allowUnverified true`,
  );
}

function standIn(chart: LockedChart, source: ChartSource): ResolvedChart {
  const directory = path.join(source.standInRoot, chart.name);
  if (source.environment === "dev" && fs.existsSync(path.join(directory, "Chart.yaml"))) {
    return {
      name: chart.name,
      version: chart.version,
      path: directory,
      origin: "stand-in",
      reason: `not in ${source.cacheRoot}; fetch it with npm run charts -- pull ${chart.name}`,
    };
  }
  throw new ChartError(
    `chart ${chart.name} ${chart.version}: not in the chart cache (${source.cacheRoot}). Fetch it: npm run charts -- pull ${chart.name}`,
  );
}

/**
 * The charts of these names, with every problem at once.
 *
 * @throws {ChartError}
 */
export function resolveCharts(names: readonly string[], source: ChartSource): ReadonlyMap<string, ResolvedChart> {
  const resolved = new Map<string, ResolvedChart>();
  const problems: string[] = [];
  for (const name of names) {
    try {
      resolved.set(name, resolveChart(name, source));
    } catch (error) {
      if (!(error instanceof ChartError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new ChartError(problems.join("\n"));
  return resolved;
}

/** One line per chart that is not the verified one, for the user to see; stand-ins say STAND-IN. */
export function originNotices(charts: Iterable<ResolvedChart>): string[] {
  return [...charts]
    .filter((chart) => chart.origin !== "verified")
    .map(
      (chart) =>
        `${chart.origin === "stand-in" ? "STAND-IN" : "unverified"} chart ${chart.name} ${chart.version}: ${chart.reason ?? ""}`,
    );
}
