import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { policySettings } from "../../config/policies";
import type { PolicySettings } from "../../config/policies";
import { asObject } from "../../lib/json";
import { DataFileError, systemMessage } from "./problem";

import { nearest } from "../../lib/nearest";
import { readSettings } from "./stack-file";

export { DataFileError };

/** Reads a YAML or JSON file that an option names. */
export function readData(option: string, file: string): unknown {
  try {
    return load(readFileSync(file, "utf8"));
  } catch (error) {
    throw new DataFileError(`--${option} ${file}: ${systemMessage(error).split("\n", 1)[0] ?? ""}`);
  }
}

/** Whether a file is a stack's: Pulumi.<stack>.yaml, or any that has its keys below `config`. */
function isStackFile(data: unknown): boolean {
  return asObject(asObject(data)?.["config"]) !== undefined;
}

/**
 * Reads exemptions: a list, an object with `exemptions`, or a stack's settings file. Of a stack the exemptions and the
 * rules' parameters count that preview and admission have, those that follow from its other settings among them.
 */
export function readExemptions(file: string, known: readonly string[]): Pick<PolicySettings, "exemptions" | "rules"> {
  const data = readData("exempt", file);
  if (isStackFile(data)) return ofStack(readSettings("exempt", file));
  const exemptions = Array.isArray(data) ? data : asObject(data)?.["exemptions"];
  if (exemptions === undefined)
    throw new DataFileError(`--exempt ${file}: expected a list of exemptions, or an object with "exemptions"`);
  const parsed = policySettings.safeParse({ exemptions });
  const problems = parsed.success
    ? parsed.data.exemptions.flatMap(({ rule }, index) =>
        known.includes(rule) ? [] : [`exemptions[${index}].rule: there is no rule "${rule}"${meant(rule, known)}`],
      )
    : parsed.error.issues.map((issue) => `${keyOf(issue.path)}: ${issue.message}`);
  if (problems.length > 0) throw new DataFileError(`--exempt ${file} is not valid:\n  - ${problems.join("\n  - ")}`);
  return { exemptions: parsed.success ? parsed.data.exemptions : [], rules: {} };
}

/** "; did you mean …?", or where the ids stand. */
export function meant(id: string, known: readonly string[]): string {
  const near = nearest(id, known);
  return near === undefined ? "; see docs/rules for the ids" : `; did you mean ${near}?`;
}

function ofStack({ exemptions, rules }: PolicySettings): Pick<PolicySettings, "exemptions" | "rules"> {
  const parameters = Object.entries(rules).flatMap(([id, { parameters }]) =>
    parameters ? [[id, { parameters }]] : [],
  );
  return { exemptions, rules: Object.fromEntries(parameters) as PolicySettings["rules"] };
}

/** A key as it is written in YAML: "exemptions[0].rule". */
function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index > 0 ? "." : ""}${String(step)}`))
    .join("");
}
