import * as fs from "node:fs";
import * as path from "node:path";
import type { Suite as MochaSuite } from "mocha";

/** The test files of a folder, or the file itself, by path from `root` and in a fixed order. */
export function testFiles(root: string, folder: string): string[] {
  if (folder.endsWith(".ts")) return [folder];
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `${folder}/${file}`)
    .sort();
}

/** What was asked for, among all tests. */
export interface Choice {
  /** Files that are asked for as a whole. */
  readonly whole: readonly string[];
  /** Words to look for in the titles of the other tests. */
  readonly titles: readonly string[];
}

/**
 * A word is a part of a file's path. What has tests in files of others is looked for in the titles as well: an operator
 * (`names`), a rule, or whatever else no path holds.
 */
export function choose(words: readonly string[], files: readonly string[], names: ReadonlySet<string>): Choice {
  const holding = (word: string): readonly string[] =>
    files.filter((file) => file.slice("test/".length, -".test.ts".length).includes(word));
  return {
    whole: [...new Set(words.flatMap(holding))],
    titles: words.filter((word) => names.has(word) || holding(word).length === 0),
  };
}

/** Takes out of loaded suites what was not asked for. */
export function keep(suite: MochaSuite, { whole, titles }: Choice): void {
  suite.tests = suite.tests.filter(
    (test) =>
      whole.some((file) => test.file?.endsWith(`/${file}`) === true) ||
      titles.some((word) => test.fullTitle().includes(word)),
  );
  for (const inner of suite.suites) keep(inner, { whole, titles });
}
