import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Hook, type Context } from "mocha";
import { cacheEntry, chartCacheRoot } from "../../components/charts/cache";
import { chartLock } from "../../components/charts/lock";
import { findTools, type ToolName, type ToolPaths } from "../../embedded/toolchain";

const root = path.join(__dirname, "../..");

/** Stands between a test's title and why it was left out, for the report. */
const SKIPPED = " [skipped: ";

/** Set while only the fast tests run. */
export const FAST = "MIJNBUREAU_FAST_TESTS";

/** Set while what takes minutes is asked for. */
export const LONG = "MIJNBUREAU_LONG_TESTS";
export const isLong = (): boolean => process.env[LONG] !== undefined;

/**
 * Leaves out a test, or in a hook every test of its suite, and says why. The reason goes with the title, which is all
 * that mocha hands over where files run in processes of their own.
 */
export function skip(context: Context, reason: string): never {
  const explain = (test: { title: string }): void => {
    if (!test.title.includes(SKIPPED)) test.title += `${SKIPPED}${reason}]`;
  };
  const { test } = context;
  if (test instanceof Hook) test.parent?.eachTest(explain);
  else if (test !== undefined) explain(test);
  return context.skip();
}

/**
 * The executables of tools, or the tests are left out. No test builds a tool: `npm test` has built them before, and
 * whoever runs a part of the tests is told the command.
 */
export async function needTools<N extends ToolName>(context: Context, ...names: readonly N[]): Promise<ToolPaths<N>> {
  onlyWhole(context, names.join(", "));
  const found = await findTools(names);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) skip(context, `not built on this machine: node dist/cli/toolchain.js ${missing.join(" ")}`);
  return Object.fromEntries(found) as ToolPaths<N>;
}

/** The fast tests take the same time, and say the same, on a machine with tools and charts as on one without. */
function onlyWhole(context: Context, needed: string): void {
  if (process.env[FAST] !== undefined) skip(context, `needs ${needed}: not one of the fast tests`);
}

/** A file or folder that is not part of the project, given by its path from the project's folder. */
export function needFile(context: Context, file: string): void {
  const full = path.resolve(root, file);
  if (!fs.existsSync(full)) skip(context, `${path.relative(root, full)} is not there`);
}

/** Real charts, by lock entry. */
export function needCharts(context: Context, entries: readonly string[]): void {
  onlyWhole(context, "the real charts");
  const cache = chartCacheRoot(process.env, os.homedir());
  const missing = [...new Set(entries)].filter((entry) => {
    const locked = chartLock.get(entry);
    return locked === undefined || !fs.existsSync(cacheEntry(cache, locked).directory);
  });
  if (missing.length > 0) skip(context, `not in the chart cache: npm run charts -- pull ${missing.join(" ")}`);
}

/** A chart that is pinned; what a new operator lacks is said once, in test/components/operators/places.test.ts. */
export function needLocked(context: Context, entry: string): void {
  if (!chartLock.has(entry)) skip(context, `chart "${entry}" is not in charts.lock.json`);
}
