import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { catalogue } from "../../policypack/catalogue-plugin";
import { loadRules } from "../../policypack/engine/load";
import { bundled, bundleFile, codeFile } from "./bundled";
import { exampleOf } from "./examples";

/** What a scan seldom needs stays outside: the platform's own code, of which a stack's file asks, and rules' examples. */
const outside: Plugin = {
  name: "outside",
  setup(build) {
    build.onLoad({ filter: /cli[\\/]scan[\\/]platform\.js$/ }, () => ({
      contents: 'exports.platform = () => require("../../components/stack-file.js");',
    }));
    build.onResolve({ filter: /(components\/stack-file\.js|^\.\/examples)$/ }, ({ path }) => ({
      path,
      external: true,
    }));
  },
};

/**
 * Text of which V8 keeps one byte a character and that needs no decoding: a tenth of the time of a small scan. esbuild
 * escapes everything but regular expressions by itself.
 */
function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Keeps the rules' examples beside the commands, read when they are asked for. */
function keepExamples(fixtures: string): void {
  const kept = loadRules().map(({ id }) => [
    id,
    { bad: exampleOf(id, "bad", fixtures), good: exampleOf(id, "good", fixtures) },
  ]);
  writeFileSync(join(__dirname, "examples.json"), JSON.stringify(Object.fromEntries(kept)));
  writeFileSync(
    join(__dirname, "examples.js"),
    'exports.exampleOf = (id, side) => require("./examples.json")[id]?.[side];\n',
  );
}

/** Part of the build: puts the scanner in one file, with the code that V8 made while it scanned rules' fixtures. */
async function bundle(): Promise<void> {
  const fixtures = join(__dirname, "..", "..", "..", "policypack", "rules");
  keepExamples(fixtures);
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "command.js")],
    write: false,
    minifyWhitespace: true,
    bundle: true,
    platform: "node",
    target: "node20",
    plugins: [catalogue, outside],
    logLevel: "warning",
  });
  writeFileSync(bundleFile(__dirname), toAscii(outputFiles.map(({ text }) => text).join("")));
  const { command, script } = bundled(__dirname);
  command.run(["scan", fixtures], "2000-01-01");
  writeFileSync(codeFile(__dirname), script.createCachedData());
  writeFileSync(join(__dirname, "..", "policy.js"), '#!/usr/bin/env node\nrequire("./scan/bundled").main();\n');
}

bundle().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
