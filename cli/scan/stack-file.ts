import { existsSync } from "node:fs";
import type { PolicySettings } from "../../config/policies";
import { UserError } from "../../lib/errors";
import { DataFileError } from "./problem";
import { platform } from "./platform";

/** The policy settings of a stack's file, as preview and admission have them. `option` names it in what is said. */
export function readSettings(option: string, file: string): PolicySettings {
  if (!existsSync(file)) throw new DataFileError(`--${option} ${file}: does not exist`);
  try {
    return platform().stackPolicies(file);
  } catch (error) {
    if (error instanceof UserError) throw new DataFileError(`--${option} ${error.message}`);
    throw error;
  }
}
