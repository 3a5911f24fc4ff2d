import * as fs from "node:fs";
import { load } from "js-yaml";
import { z } from "zod";
import { packageDigest } from "../../components/charts/archive";
import { hasUpstreamDigest, parseLock, type LockedChart } from "../../components/charts/lock";
import { ChartsError } from "./error";
import { get, type HttpOptions } from "./http";
import { ociChart, pullOci } from "./oci";

export interface PinSettings {
  /** The charts.lock.json that is completed. */
  readonly lockFile: string;
  readonly http: HttpOptions;
  readonly report: (line: string) => void;
}

const indexSchema = z.object({
  entries: z.record(z.string(), z.array(z.object({ version: z.string(), digest: z.string().optional() }).loose())),
});

/**
 * Completes the lock with the digest that each project's own index gives, for charts that were pinned without it: the
 * package is fetched from where it is published, and both have to agree, and agree with a digest that the lock holds
 * already. Nothing is written unless every chart passes.
 *
 * @throws {ChartsError} with every chart that does not.
 */
export async function pinCharts(charts: readonly LockedChart[], settings: PinSettings): Promise<void> {
  const found = new Map<string, string>();
  const problems: string[] = [];
  for (const chart of charts.filter((each) => !hasUpstreamDigest(each))) {
    try {
      found.set(chart.name, await agreedDigest(chart, settings.http));
      settings.report(`${chart.name} ${chart.version}: ${found.get(chart.name) ?? ""}, as ${sourceOf(chart)} says`);
    } catch (error) {
      if (!(error instanceof ChartsError)) throw error;
      problems.push(`chart ${chart.name} ${chart.version}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new ChartsError(`${problems.join("\n")}\nNothing was written to ${settings.lockFile}`);
  if (found.size > 0) write(settings.lockFile, found);
  settings.report(
    found.size === 0
      ? "every chart has its digest already"
      : `${settings.lockFile}: ${found.size} digests written; commit it, and pull again: npm run charts -- pull`,
  );
}

const sourceOf = ({ repo, url }: LockedChart): string => (repo === undefined ? url : `${repo}/index.yaml`);

async function agreedDigest(chart: LockedChart, http: HttpOptions): Promise<string> {
  const said = chart.repo === undefined ? undefined : await indexDigest(chart, chart.repo, http);
  const fetched = packageDigest(await published(chart, http));
  const sources = [
    ...(said === undefined ? [] : [{ digest: said, by: sourceOf(chart) }]),
    ...(chart.digest === undefined ? [] : [{ digest: chart.digest, by: "charts.lock.json" }]),
    { digest: fetched, by: `the package at ${chart.url}` },
  ];
  if (new Set(sources.map(({ digest }) => digest)).size > 1) {
    throw new ChartsError(
      `sources disagree: ${sources.map(({ digest, by }) => `${by} has ${digest}`).join(", ")}. Ask the project before you use either`,
    );
  }
  return fetched;
}

/** An OCI registry's manifest names the package by digest, which `pullOci` checks; any other place says nothing of it. */
async function published(chart: LockedChart, http: HttpOptions): Promise<Buffer> {
  if (chart.url.startsWith("oci://")) return pullOci(ociChart(chart.url, chart.version), http);
  if (chart.repo === undefined) {
    throw new ChartsError(
      `${chart.url}: the project publishes no index with a digest. Take it from the project's signed release, and write it into charts.lock.json`,
    );
  }
  const answer = await get(chart.url, http);
  if (answer.status !== 200) throw new ChartsError(`${answer.url}: the server answered with status ${answer.status}`);
  return answer.body;
}

async function indexDigest({ name, version }: LockedChart, repo: string, http: HttpOptions): Promise<string> {
  const answer = await get(`${repo}/index.yaml`, http);
  if (answer.status !== 200) throw new ChartsError(`${answer.url}: the server answered with status ${answer.status}`);
  const index = indexSchema.safeParse(parsed(answer.body.toString("utf8")));
  const entry = index.data?.entries[name]?.find((each) => each.version === version);
  if (entry?.digest === undefined) throw new ChartsError(`${answer.url}: has no digest of ${name} ${version}`);
  return entry.digest.startsWith("sha256:") ? entry.digest : `sha256:${entry.digest}`;
}

function parsed(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

const rawLock = z.object({ charts: z.record(z.string(), z.record(z.string(), z.unknown())) });

function write(file: string, digests: ReadonlyMap<string, string>): void {
  const { charts } = rawLock.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  const completed = Object.fromEntries(
    Object.entries(charts).map(([name, chart]) => {
      const digest = digests.get(name);
      if (digest === undefined) return [name, chart];
      const kept = Object.entries(chart).filter(([key]) => key !== "unverified" && key !== "digest");
      return [name, { ...Object.fromEntries(kept), digest }];
    }),
  );
  parseLock({ charts: completed });
  fs.writeFileSync(`${file}.draft`, `${JSON.stringify({ charts: completed }, null, 2)}\n`);
  fs.renameSync(`${file}.draft`, file);
}
