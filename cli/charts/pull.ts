import * as fs from "node:fs";
import * as path from "node:path";
import { ArchiveError, packageDigest, readChartArchive, type ArchiveFile } from "../../components/charts/archive";
import { cacheEntry, inspectCache } from "../../components/charts/cache";
import type { LockedChart } from "../../components/charts/lock";
import { errorCode } from "../../embedded/toolchain/error";
import { withLock } from "../../embedded/toolchain/lock";
import { ChartsError } from "./error";
import { get, type HttpOptions } from "./http";
import { ociChart, pullOci } from "./oci";

/** Writes of a pull; replaced in tests of a full disk. */
export interface Disk {
  readonly write: (file: string, content: Buffer) => void;
}

/** How charts are fetched. */
export interface PullSettings {
  readonly cacheRoot: string;
  /** A mirror: `oci://…`, `https://…` or a folder of packages. Absent: upstream. */
  readonly from?: string;
  readonly http: HttpOptions;
  readonly report: (line: string) => void;
  readonly disk?: Disk;
}

const realDisk: Disk = {
  write: (file, content) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  },
};

/**
 * Brings these charts into the cache: downloads each package, checks its digest, and only then unpacks it. What is
 * there already is kept. A chart appears in the cache whole or not at all, however the pull ends.
 *
 * @throws {ChartsError} with every chart that could not be had.
 */
export async function pullCharts(charts: readonly LockedChart[], settings: PullSettings): Promise<void> {
  const problems: string[] = [];
  await locked(settings, async () => {
    removeLeftovers(settings.cacheRoot);
    for (const chart of charts) {
      try {
        settings.report(`${chart.name} ${chart.version}: ${await pullChart(chart, settings)}`);
      } catch (error) {
        problems.push(describe(error, chart, settings));
      }
    }
  });
  if (problems.length > 0) throw new ChartsError(problems.join("\n"));
}

async function locked(settings: PullSettings, work: () => Promise<void>): Promise<void> {
  try {
    await withLock(path.join(settings.cacheRoot, ".lock"), work, {
      onWait: (pid) => settings.report(`waiting for process ${pid}, which is pulling charts too`),
    });
  } catch (error) {
    if (error instanceof ChartsError || errorCode(error) === "") throw error;
    throw new ChartsError(diskProblem(error, settings.cacheRoot));
  }
}

async function pullChart(chart: LockedChart, settings: PullSettings): Promise<string> {
  const entry = cacheEntry(settings.cacheRoot, chart);
  const found = inspectCache(settings.cacheRoot, chart);
  const hasPackage = fs.existsSync(entry.archive);
  if (found.state === "verified" || (found.state === "unverified" && hasPackage)) return "in the cache already";
  const kept = hasPackage ? fs.readFileSync(entry.archive) : undefined;
  if (kept !== undefined && chart.digest !== undefined && packageDigest(kept) === chart.digest) {
    place(chart, kept, settings);
    return "unpacked again from the package in the cache";
  }
  const source = sourceOf(chart, settings.from);
  const content = await fetchPackage(chart, source, settings.http);
  checkDigest(chart, content, source);
  place(chart, content, settings);
  if (chart.digest === undefined) return `pulled from ${source}; NOT VERIFIED, its digest is ${packageDigest(content)}`;
  return `pulled from ${source}, digest as in charts.lock.json`;
}

/** Where a package is fetched from. */
function sourceOf(chart: LockedChart, from: string | undefined): string {
  if (from === undefined) return chart.url;
  const base = from.replace(/\/$/, "");
  if (base.startsWith("oci://")) return `${base}/${chart.name}`;
  return `${base}/${chart.name}-${chart.version}.tgz`;
}

async function fetchPackage(chart: LockedChart, source: string, http: HttpOptions): Promise<Buffer> {
  if (source.startsWith("oci://")) return pullOci(ociChart(source, chart.version), http);
  if (!/^https?:\/\//.test(source)) return fs.readFileSync(source);
  if (source.startsWith("http://") && chart.digest === undefined) {
    throw new ChartsError(
      `${source}: without TLS and without a digest in charts.lock.json nothing proves what arrives. Use https`,
    );
  }
  const answer = await get(source, http);
  if (answer.status !== 200) throw new ChartsError(`${answer.url}: the server answered with status ${answer.status}`);
  return answer.body;
}

function checkDigest(chart: LockedChart, content: Buffer, source: string): void {
  const digest = packageDigest(content);
  if (chart.digest === undefined || digest === chart.digest) return;
  throw new ChartsError(
    `${source}: has digest ${digest} (${content.length} bytes), charts.lock.json says ${chart.digest}; nothing was unpacked. ` +
      "Either the download was cut off or altered: try again, and never change the lock without knowing why upstream's package changed",
  );
}

/** Unpacks beside the final place, then renames: the package first, so that a folder never stands without one. */
function place(chart: LockedChart, content: Buffer, settings: PullSettings): void {
  const files = archiveFiles(content, chart);
  const entry = cacheEntry(settings.cacheRoot, chart);
  const disk = settings.disk ?? realDisk;
  const draft = fs.mkdtempSync(path.join(settings.cacheRoot, ".pull-"));
  try {
    disk.write(path.join(draft, "package.tgz"), content);
    for (const file of files) disk.write(path.join(draft, "chart", ...file.path.split("/")), file.content);
    fs.rmSync(entry.directory, { recursive: true, force: true });
    fs.rmSync(entry.crds, { force: true });
    fs.renameSync(path.join(draft, "package.tgz"), entry.archive);
    fs.renameSync(path.join(draft, "chart"), entry.directory);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function archiveFiles(content: Buffer, chart: LockedChart): ArchiveFile[] {
  try {
    return readChartArchive(content, chart.name);
  } catch (error) {
    if (error instanceof ArchiveError) throw new ChartsError(`the package ${error.message}; nothing was unpacked`);
    throw error;
  }
}

/** Drafts of pulls that were killed; the lock says that no other pull runs. */
function removeLeftovers(cacheRoot: string): void {
  for (const name of fs.readdirSync(cacheRoot).filter((found) => found.startsWith(".pull-"))) {
    fs.rmSync(path.join(cacheRoot, name), { recursive: true, force: true });
  }
}

function describe(error: unknown, chart: LockedChart, settings: PullSettings): string {
  const what = `chart ${chart.name} ${chart.version}`;
  if (error instanceof ChartsError) {
    const elsewhere = settings.from === undefined ? " (a mirror is used with --from)" : "";
    return `${what}: ${error.message}${elsewhere}`;
  }
  if (errorCode(error) === "ENOENT" && settings.from !== undefined) {
    return `${what}: ${sourceOf(chart, settings.from)} does not exist. Put the package there, or give another --from`;
  }
  if (errorCode(error) === "") throw error;
  return `${what}: ${diskProblem(error, settings.cacheRoot)}`;
}

function diskProblem(error: unknown, cacheRoot: string): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (errorCode(error) === "ENOSPC") {
    return `the disk of ${cacheRoot} is full (${reason}). Free some space, or point XDG_CACHE_HOME to a larger disk, and run it again`;
  }
  return `cannot write to ${cacheRoot} (${reason}). Make it writable, or point XDG_CACHE_HOME elsewhere, and run it again`;
}
