import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { dayOf, pastDates } from "../config/calendar";
import { ConfigError } from "../config/errors";
import {
  currentBackend,
  environment,
  stackValues,
  stateProblems,
  validateConfig,
  unreadKeys,
  type LoadedConfig,
  type Registries,
} from "../config/load";
import { loadRules } from "../policypack/engine/load";
import { settingsProblems } from "../policypack/engine/stack-settings";
import { chartCacheRoot } from "./charts/cache";
import { sharedFolders } from "./shared-folders";
import { runtimeClassProblems } from "./runtime-classes";
import { operatorSettings } from "./operators/frame/settings";

/**
 * Validates raw values of a stack (one entry per top-level key, parsed from JSON) against the schema, the operators and
 * the rules that exist; `found` are problems of the file beside them.
 *
 * @throws {ConfigError} with every problem at once.
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>, found: readonly string[] = []): LoadedConfig {
  const registries: Registries = {
    operatorSettings,
    // Rules that do not exist would else be refused only where the policy pack runs.
    policyProblems: (policies) =>
      Object.keys(policies.rules).length + policies.exemptions.length === 0
        ? []
        : settingsProblems(policies, loadRules()),
  };
  const config = validateConfig(raw, registries, found);
  const problems = runtimeClassProblems(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What the program is given by the machine and the stack. */
export interface Stack {
  readonly config: LoadedConfig;
  readonly folders: { readonly cacheRoot: string; readonly standInRoot: string };
}

/** Reads `Pulumi.<stack>.yaml` through the engine, then checks that the state is where the stack says. */
export function loadStack(): Stack {
  const [project, all] = [pulumi.getProject(), pulumi.runtime.allConfig()];
  const shared = sharedFolders(pulumi.getRootDirectory(), pulumi.getStack());
  const config = parseConfig(stackValues(project, all), [...unreadKeys(project, Object.keys(all)), ...shared]);
  const problems = [...pastDates(config, dayOf(new Date())), ...stateProblems(config, currentBackend(environment()))];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    config,
    folders: {
      cacheRoot: chartCacheRoot(environment(), os.homedir()),
      standInRoot: path.join(pulumi.getRootDirectory(), "test", "charts"),
    },
  };
}
