import { asObject } from "../../lib/json";
import type { Rule } from "../../policypack/engine/rule";
import { policySettings } from "../../config/policies";
import type { PolicySettings } from "../../config/policies";
import { settingsProblems } from "../../policypack/engine/stack-settings";
import { DataFileError, keyOf, readData, STACK_KEY } from "./data-file";

/** The policy settings of a stack's file; the profile's own where it has none. Values that only Pulumi reads stay unread. */
export function readSettings(file: string, rules: readonly Rule[]): PolicySettings {
  const config = asObject(asObject(readData("stack", file))?.["config"]);
  const parsed = policySettings.safeParse(config?.[STACK_KEY] ?? {});
  const problems = parsed.success
    ? settingsProblems(parsed.data, rules)
    : parsed.error.issues.map((issue) => `${keyOf(issue.path)}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new DataFileError(`${file}: ${STACK_KEY} is not valid:\n  - ${problems.join("\n  - ")}`);
}
