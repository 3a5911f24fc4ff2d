import type { HookAnswer } from "./facts";

/** A hook that nobody answers for, or an answer to a hook that is gone. */
export interface HookProblem {
  readonly chart: string;
  readonly file: string;
  readonly problem: "unlisted" | "gone";
}

/**
 * Compares the files with hooks that were found in a chart with the answers given for it.
 *
 * @param found files with hooks, relative to the chart's folder.
 */
export function hookProblems(chart: string, found: readonly string[], answers: readonly HookAnswer[]): HookProblem[] {
  const listed = new Set(answers.flatMap((answer) => answer.files));
  const seen = new Set(found);
  return [
    ...[...seen].filter((file) => !listed.has(file)).map((file) => ({ chart, file, problem: "unlisted" as const })),
    ...[...listed].filter((file) => !seen.has(file)).map((file) => ({ chart, file, problem: "gone" as const })),
  ];
}

/** Whether a template or values file declares a Helm hook; comments do not count. */
export function declaresHook(content: string): boolean {
  return content.split("\n").some((line) => /^\s*["']?helm\.sh\/hook["']?\s*:/.test(line));
}
