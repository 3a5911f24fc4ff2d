import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rulesDirectory } from "../../policypack/engine/load";

/** The two sides of a rule: objects that it refuses and objects that it allows. */
export type Side = "bad" | "good";

/**
 * The first example of a rule's fixtures, without its comments. In `dist` the build keeps them in one file
 * (`scan/bundle.ts`), since packages leave the fixtures out.
 */
export function exampleOf(id: string, side: Side, directory = rulesDirectory): string | undefined {
  const file = join(directory, `${id}.${side}.yaml`);
  if (!existsSync(file)) return undefined;
  const [first = ""] = readFileSync(file, "utf8")
    .replace(/^---\s*\n/, "")
    .split(/^---.*$/m);
  return first
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .trim();
}
