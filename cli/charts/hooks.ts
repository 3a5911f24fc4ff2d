import * as fs from "node:fs";
import * as path from "node:path";
import { ArchiveError, readChartArchive } from "../../components/charts/archive";
import { cacheEntry, filesBelow } from "../../components/charts/cache";
import { declaresHook, hookProblems, type HookProblem } from "../../components/charts/hooks";
import type { LockedChart } from "../../components/charts/lock";
import { chartFacts } from "../../components/operators/frame/charts";
import { ChartsError } from "./error";

/** What the hooks report found. */
export interface HookReport {
  readonly lines: readonly string[];
  readonly problems: readonly HookProblem[];
}

/** Each hook of each pinned chart and what replaces it; charts in the cache are looked through, others reported as not. */
export function hookReport(charts: readonly LockedChart[], cacheRoot: string): HookReport {
  const lines: string[] = [];
  const problems: HookProblem[] = [];
  for (const chart of charts) {
    const folder = cacheEntry(cacheRoot, chart).directory;
    const cached = fs.existsSync(folder);
    lines.push(
      `${chart.name} ${chart.version}${cached ? "" : " (not in the cache: the committed data, not compared)"}`,
    );
    const { hooks: answers } = chartFacts(chart.name);
    if (answers.length === 0) lines.push("  no hooks");
    for (const { answer, by, files } of answers)
      lines.push(`  ${answer}: ${by}`, ...files.map((file) => `    ${file}`));
    const found = cached ? hookProblems(chart.name, filesWithHooks(folder), answers) : [];
    for (const { file, problem } of found) {
      const what = problem === "unlisted" ? "holds a hook that nobody answers for" : "holds no hook any more";
      lines.push(`  PROBLEM: ${file} ${what}; correct its operator's chart.ts`);
    }
    problems.push(...found);
  }
  return { lines, problems };
}

/** Files of a chart, and of packaged subcharts (`charts/x.tgz!file`), that declare Helm hooks. */
export function filesWithHooks(folder: string): string[] {
  return filesBelow(folder).flatMap((file) => {
    const full = path.join(folder, file);
    if (file.startsWith("charts/") && file.endsWith(".tgz")) {
      return packagedFiles(fs.readFileSync(full), file)
        .filter((inner) => mayHoldHook(inner.path) && declaresHook(inner.content.toString("utf8")))
        .map((inner) => `${file}!${inner.path}`);
    }
    return mayHoldHook(file) && declaresHook(fs.readFileSync(full, "utf8")) ? [file] : [];
  });
}

/** Values files count: some charts keep a hook's annotation there. Fixtures of a chart's own tests do not. */
function mayHoldHook(file: string): boolean {
  return /(^|\/)(templates\/.*\.(ya?ml|tpl)|values\.yaml)$/.test(file);
}

function packagedFiles(content: Buffer, file: string): { path: string; content: Buffer }[] {
  const name = path.basename(file, ".tgz").replace(/-v?\d.*$/, "");
  try {
    return readChartArchive(content, name);
  } catch (error) {
    if (error instanceof ArchiveError) throw new ChartsError(`${file}: ${error.message}`);
    throw error;
  }
}
