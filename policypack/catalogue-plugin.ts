import { dirname } from "node:path";
import type { Plugin } from "esbuild";
import { generate } from "./engine/cel/generate";
import { syntaxTree } from "./engine/cel/interpreter";
import { loadRules, ruleFiles } from "./engine/load";
import { sourcesOf } from "./engine/rule";

/** A module in place of `load.js`: in one file there is no directory to look for rules in, so each is named. */
function rules(): string {
  const files = ruleFiles().map(({ file }) => `...Object.values(require(${JSON.stringify(file)}))`);
  return `const { isRule } = require("./rule");\nexports.loadRules = () => [${files.join(",")}].filter(isRule);`;
}

/** A module in place of `generated.js`: the code of the rules' expressions, which else is made when they are first used. */
function expressions(): string {
  const sources = loadRules().flatMap((rule) => (rule.type === "expression" ? sourcesOf(rule.definition) : []));
  const entries = [...new Set(sources)].map(
    (source) => `[${JSON.stringify(source)},${generate(syntaxTree(source)) ?? "undefined"}]`,
  );
  return `const r = require("./runtime").runtime;
const made = new Map([${entries.join(",\n")}]);
exports.generatedFor = (source) => made.get(source);`;
}

/** What takes the place of modules that look for rules, or make code of them, when the rules are put in one file. */
export const catalogue: Plugin = {
  name: "catalogue",
  setup(build) {
    build.onLoad({ filter: /policypack[\\/]engine[\\/]load\.js$/ }, ({ path }) => ({
      contents: rules(),
      resolveDir: dirname(path),
    }));
    build.onLoad({ filter: /policypack[\\/]engine[\\/]cel[\\/]generated\.js$/ }, ({ path }) => ({
      contents: expressions(),
      resolveDir: dirname(path),
    }));
  },
};
