import * as fs from "node:fs";
import * as path from "node:path";
import { ArchiveError, packageDigest, readChartArchive } from "./archive";
import { hasUpstreamDigest, type LockedChart } from "./lock";

/** Folder of the chart cache, by the XDG Base Directory Specification. */
export function chartCacheRoot(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = env["XDG_CACHE_HOME"];
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(home, ".cache"),
    "mijnbureau-platform",
    "charts",
  );
}

/** Where one pinned chart lies in the cache. */
export interface CacheEntry {
  /** The unpacked chart. */
  readonly directory: string;
  /** The package as upstream publishes it; kept to prove the folder and to fill a mirror. */
  readonly archive: string;
  /** The chart's CRDs as JSON, rendered once and without their descriptions. */
  readonly crds: string;
}

/** Paths of a pinned chart in the cache at `root`, whether they exist or not. */
export function cacheEntry(root: string, chart: Pick<LockedChart, "name" | "version">): CacheEntry {
  const base = path.join(root, `${chart.name}-${chart.version}`);
  return { directory: base, archive: `${base}.tgz`, crds: `${base}.crds.json` };
}

/**
 * What the cache holds of a chart.
 * - `missing`: nothing.
 * - `verified`: the package has the digest of upstream's own index, and the folder is what the package holds.
 * - `unverified`: usable, but its origin is not proven; `reason` says why.
 * - `damaged`: not what charts.lock.json pins, or changed since it was unpacked.
 */
export type CacheState =
  { readonly state: "missing" | "verified" } | { readonly state: "unverified" | "damaged"; readonly reason: string };

/** Checks a chart in the cache against the lock: package digest first, then every file of the folder. */
export function inspectCache(root: string, chart: LockedChart): CacheState {
  const entry = cacheEntry(root, chart);
  if (!fs.existsSync(path.join(entry.directory, "Chart.yaml"))) return { state: "missing" };
  if (!fs.existsSync(entry.archive)) {
    return { state: "unverified", reason: "its folder was placed in the cache without a package to check it against" };
  }
  const content = fs.readFileSync(entry.archive);
  const digest = packageDigest(content);
  if (chart.digest !== undefined && digest !== chart.digest) {
    return { state: "damaged", reason: `its package has digest ${digest}, charts.lock.json says ${chart.digest}` };
  }
  const difference = folderDifference(entry.directory, content, chart.name);
  if (difference !== undefined) return { state: "damaged", reason: difference };
  if (!hasUpstreamDigest(chart)) return { state: "unverified", reason: chart.unverified ?? "it has no digest" };
  return { state: "verified" };
}

/** First way in which an unpacked folder is not what its package holds. */
function folderDifference(directory: string, content: Buffer, name: string): string | undefined {
  try {
    const files = new Map(readChartArchive(content, name).map((file) => [file.path, file.content]));
    for (const found of filesBelow(directory)) {
      const expected = files.get(found);
      if (expected === undefined) return `${found} is in its folder but not in its package`;
      if (!fs.readFileSync(path.join(directory, found)).equals(expected)) return `${found} differs from its package`;
      files.delete(found);
    }
    const [lost] = files.keys();
    return lost === undefined ? undefined : `${lost} of its package is not in its folder`;
  } catch (error) {
    if (error instanceof ArchiveError) return `its package ${error.message}`;
    throw error;
  }
}

/** Paths of the files below a folder, relative to it, with forward slashes, sorted. */
export function filesBelow(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((file) => !file.isDirectory())
    .map((file) => path.relative(directory, path.join(file.parentPath, file.name)).split(path.sep).join("/"))
    .sort();
}
