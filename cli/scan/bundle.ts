import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { catalogue } from "../../policypack/catalogue-plugin";
import { bundled, bundleFile, codeFile } from "./bundled";

/** What a scan seldom needs stays outside: the platform's own code, of which a stack's file asks. */
const platform: Plugin = {
  name: "platform",
  setup(build) {
    build.onLoad({ filter: /cli[\\/]scan[\\/]platform\.js$/ }, () => ({
      contents: 'exports.platform = () => require("../../components/stack-file.js");',
    }));
    build.onResolve({ filter: /components\/stack-file\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};

/**
 * Text of which V8 keeps one byte a character and that needs no decoding: a tenth of the time of a small scan. esbuild
 * escapes everything but regular expressions by itself.
 */
function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Part of the build: puts the scanner in one file, with the code that V8 made while it scanned rules' fixtures. */
async function bundle(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "command.js")],
    write: false,
    minifyWhitespace: true,
    bundle: true,
    platform: "node",
    target: "node20",
    plugins: [catalogue, platform],
    logLevel: "warning",
  });
  writeFileSync(bundleFile(__dirname), toAscii(outputFiles.map(({ text }) => text).join("")));
  const { command, script } = bundled(__dirname);
  command.run(["scan", join(__dirname, "..", "..", "..", "policypack", "rules")], "2000-01-01");
  writeFileSync(codeFile(__dirname), script.createCachedData());
  writeFileSync(join(__dirname, "..", "policy.js"), '#!/usr/bin/env node\nrequire("./scan/bundled").main();\n');
}

bundle().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
