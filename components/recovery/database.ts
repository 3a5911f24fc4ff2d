import type { LoadedConfig } from "../../config/load";
import { UserError } from "../../lib/errors";
import { operatorFacts } from "../operator-facts";
import type { DatabaseStack } from "../operators/databases/restore";
import { settingsOf } from "../operators/databases/settings";
import { availableCapabilities } from "../operators/frame/stack";

/** What a stack says of its databases; the cluster is not asked. */
export function databaseStack(config: LoadedConfig): DatabaseStack {
  const settings = settingsOf(config.operators);
  if (settings === undefined) throw new UserError("operators.databases: is off in this stack, or wrong");
  const base = operatorFacts(config, { customResources: new Map(), apiServices: new Map() });
  return {
    settings,
    facts: { ...base, operatorNamespaces: [], capabilities: availableCapabilities([], base.present) },
  };
}
