import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { tableFile } from "./engine/cel/generated";
import { generate } from "./engine/cel/generate";
import { syntaxTree } from "./engine/cel/interpreter";
import { loadRules } from "./engine/load";
import { sourcesOf } from "./engine/rule";

/** Part of the build: makes code of the expressions of all rules, so that no start has to. */
function precompile(): void {
  const sources = new Set(
    loadRules().flatMap((rule) => (rule.type === "expression" ? sourcesOf(rule.definition) : [])),
  );
  const entries = [...sources].map((source) => `${JSON.stringify(source)}:${generate(syntaxTree(source)) ?? "null"}`);
  mkdirSync(dirname(tableFile), { recursive: true });
  writeFileSync(tableFile, `"use strict";\nmodule.exports=(r)=>({\n${entries.join(",\n")}\n});\n`);
}

precompile();
