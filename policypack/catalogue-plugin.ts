import { dirname } from "node:path";
import type { Plugin } from "esbuild";
import { ruleFiles } from "./engine/load";

/** In one file there is no directory to look for rules in, so each is named. */
export const catalogue: Plugin = {
  name: "catalogue",
  setup(build) {
    build.onLoad({ filter: /policypack[\\/]engine[\\/]load\.js$/ }, ({ path }) => {
      const rules = ruleFiles().map(({ file }) => `...Object.values(require(${JSON.stringify(file)}))`);
      return {
        contents: `const { isRule } = require("./rule");\nexports.loadRules = () => [${rules.join(",")}].filter(isRule);`,
        resolveDir: dirname(path),
      };
    });
  },
};
