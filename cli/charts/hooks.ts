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

/**
 * Files of a chart that declare Helm hooks. A subchart counts the same whether it is unpacked or still a package, as `helm
 * package` and the project's repository have it, and what Helm leaves out of a package does not count.
 */
export function filesWithHooks(folder: string): string[] {
  const ignored = ignoredBy(folder);
  const files = filesBelow(folder).filter((file) => !ignored(file));
  return files
    .flatMap((file) => {
      const full = path.join(folder, file);
      const name = packagedSubchart.exec(file)?.groups?.["name"];
      if (name !== undefined) {
        return packagedFiles(fs.readFileSync(full), file, name)
          .filter((inner) => mayHoldHook(inner.path) && declaresHook(inner.content.toString("utf8")))
          .map((inner) => `charts/${name}/${inner.path}`);
      }
      return mayHoldHook(file) && declaresHook(fs.readFileSync(full, "utf8")) ? [file] : [];
    })
    .sort();
}

const packagedSubchart = /^charts\/(?<name>[^/]+?)-v?\d[^/]*\.tgz$/;

/** What the chart's .helmignore leaves out (Helm, "The .helmignore file"): no `**`, and later patterns win. */
function ignoredBy(folder: string): (file: string) => boolean {
  const list = path.join(folder, ".helmignore");
  if (!fs.existsSync(list)) return () => false;
  const rules = fs
    .readFileSync(list, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ kept: line.startsWith("!"), pattern: line.replace(/^!/, "") }));
  return (file) => {
    const parts = file.split("/");
    const below = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    return below.some((place, index) =>
      rules.reduce(
        (out, { kept, pattern }) => (matches(pattern, place, index < parts.length - 1) ? !kept : out),
        false,
      ),
    );
  };
}

function matches(pattern: string, file: string, isFolder: boolean): boolean {
  if (pattern.endsWith("/") && !isFolder) return false;
  const wanted = pattern.replace(/\/$/, "");
  const place = wanted.includes("/") ? file : path.posix.basename(file);
  const glob = wanted
    .replace(/^\//, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  return new RegExp(`^${glob}$`).test(place);
}

/** Values files count: some charts keep a hook's annotation there. Fixtures of a chart's own tests do not. */
function mayHoldHook(file: string): boolean {
  return /(^|\/)(templates\/.*\.(ya?ml|tpl)|values\.yaml)$/.test(file);
}

function packagedFiles(content: Buffer, file: string, name: string): { path: string; content: Buffer }[] {
  try {
    return readChartArchive(content, name);
  } catch (error) {
    if (error instanceof ArchiveError) throw new ChartsError(`${file}: ${error.message}`);
    throw error;
  }
}
