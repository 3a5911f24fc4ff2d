import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isRule } from "./rule";
import type { Rule } from "./rule";

const RULE_FILE = /^[a-z0-9][a-z0-9-]*\.(ts|js)$/;

/** Where the rules stand: `<area>/<rule>.ts`, or `.js` once compiled. */
export const rulesDirectory = join(__dirname, "..", "rules");

/** The files that hold rules, as `<area>/<rule>` with their path; names that start with `_` are shared pieces. */
export function ruleFiles(directory = rulesDirectory): readonly { readonly id: string; readonly file: string }[] {
  const areas = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = areas.flatMap((area) =>
    readdirSync(join(directory, area.name))
      .filter((name) => RULE_FILE.test(name) && !name.endsWith(".d.ts"))
      .map((name) => ({ id: `${area.name}/${name.slice(0, -3)}`, file: join(directory, area.name, name) })),
  );
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Every rule of the catalogue, by id. A missing or empty catalogue is an error: a policy engine that runs
 * without rules reports that all is well.
 */
export function loadRules(directory = rulesDirectory): readonly Rule[] {
  const load = createRequire(__filename);
  const files = ruleFiles(directory);
  if (files.length === 0) throw new Error(`no rules found in ${directory}; run "npm run build"`);
  return files.map(({ id, file }) => {
    const exported: unknown = load(file);
    const rules = typeof exported === "object" && exported !== null ? Object.values(exported).filter(isRule) : [];
    const [rule, ...more] = rules;
    if (rule === undefined || more.length > 0)
      throw new Error(`${file} exports ${rules.length} rules; exactly one is needed`);
    if (rule.id !== id)
      throw new Error(`${file} holds rule "${rule.id}"; a rule is named after its file, so "${id}" is expected`);
    return rule;
  });
}
