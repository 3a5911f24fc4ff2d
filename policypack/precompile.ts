import { writeFileSync } from "node:fs";
import { join } from "node:path";
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
  const module = `"use strict";\nconst { runtime: r } = require("./runtime");\nexports.table = {\n${entries.join(",\n")}\n};\n`;
  writeFileSync(join(__dirname, "engine", "cel", "table.js"), module);
}

precompile();
