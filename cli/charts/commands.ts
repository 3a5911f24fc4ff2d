import * as fs from "node:fs";
import { cacheEntry, inspectCache } from "../../components/charts/cache";
import type { LockedChart } from "../../components/charts/lock";
import { ChartsError } from "./error";
import { run } from "./helm";
import { needsPreparing, prepareCrds } from "./prepare-crds";

/** What a command works on, and where it prints. */
export interface CommandContext {
  readonly charts: readonly LockedChart[];
  readonly cacheRoot: string;
  /** Path of Helm; only called where it is needed. */
  readonly helm: () => Promise<string>;
  readonly print: (line: string) => void;
}

/** Table of the pinned charts and what the cache holds of each. */
export function list({ charts, cacheRoot, print }: CommandContext): void {
  const rows = charts.map((chart) => {
    const found = inspectCache(cacheRoot, chart);
    return [chart.name, chart.version, chart.appVersion, found.state, chart.url];
  });
  for (const line of table([["CHART", "VERSION", "APP", "CACHE", "UPSTREAM"], ...rows])) print(line);
}

/**
 * Checks every chart in the cache against charts.lock.json.
 *
 * @returns false if one is missing, damaged, or lacks its prepared CRDs.
 */
export function verify({ charts, cacheRoot, print }: CommandContext): boolean {
  let good = true;
  for (const chart of charts) {
    const found = inspectCache(cacheRoot, chart);
    const crdsMissing = found.state !== "missing" && needsPreparing(cacheRoot, chart);
    if (found.state === "missing" || found.state === "damaged" || crdsMissing) good = false;
    print(
      `${chart.name} ${chart.version}: ${found.state}${"reason" in found ? `: ${found.reason}` : ""}${advice(found.state, chart, crdsMissing)}`,
    );
  }
  return good;
}

function advice(state: string, chart: LockedChart, crdsMissing: boolean): string {
  if (state === "missing" || state === "damaged") return `. Fetch it: npm run charts -- pull ${chart.name}`;
  return crdsMissing ? `. Its CRDs are not prepared: npm run charts -- crds ${chart.name}` : "";
}

/**
 * Prepares the CRDs of charts in the cache; Helm renders those that are templates.
 *
 * @param again also where that was done already.
 * @throws {ChartsError} with every chart that failed.
 */
export async function crds(context: CommandContext, again: boolean): Promise<void> {
  const { cacheRoot } = context;
  const wanted = context.charts.filter(
    (chart) => needsPreparing(cacheRoot, chart) || (again && fs.existsSync(cacheEntry(cacheRoot, chart).directory)),
  );
  const problems: string[] = [];
  for (const chart of wanted) {
    try {
      const count = await prepareCrds(context.helm, cacheRoot, chart);
      if (count > 0) context.print(`${chart.name} ${chart.version}: ${count} CRDs prepared`);
    } catch (error) {
      if (!(error instanceof ChartsError)) throw error;
      problems.push(`chart ${chart.name} ${chart.version}: its CRDs are not prepared: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new ChartsError(`${problems.join("\n")}\nRun it again with: npm run charts -- crds`);
}

/**
 * Copies the cached packages to an OCI registry, or prints the commands that do.
 *
 * @throws {ChartsError} with every chart that has no package in the cache or that was refused.
 */
export async function mirror(context: CommandContext, to: string, push: boolean): Promise<void> {
  if (!to.startsWith("oci://")) {
    throw new ChartsError(
      `--to ${to}: charts are mirrored to an OCI registry; example: --to oci://registry.example.nl/charts`,
    );
  }
  const problems: string[] = [];
  for (const chart of context.charts) {
    const { archive } = cacheEntry(context.cacheRoot, chart);
    const { state } = inspectCache(context.cacheRoot, chart);
    if (!fs.existsSync(archive) || state === "damaged") {
      problems.push(
        `chart ${chart.name} ${chart.version}: no sound package in the cache. Fetch it: npm run charts -- pull ${chart.name}`,
      );
      continue;
    }
    context.print(`helm push ${archive} ${to}`);
    if (!push) continue;
    try {
      await run(await context.helm(), ["push", archive, to]);
    } catch (error) {
      if (!(error instanceof ChartsError)) throw error;
      problems.push(`chart ${chart.name} ${chart.version}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new ChartsError(problems.join("\n"));
}

/** Rows as lines with aligned columns. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
