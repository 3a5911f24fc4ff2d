import * as fs from "node:fs";
import type { ClusterFacts } from "./cluster/facts";
import { planPlatform } from "./plan";
import { ConfigError, describeIssues, wording } from "../config/errors";
import { policySettings } from "../config/policies";
import type { PolicySettings } from "../config/policies";
import { loadRules } from "../policypack/engine/load";
import { settingsProblems } from "../policypack/engine/stack-settings";
import { policiesOf } from "./policies";
import { unreadKeys, type LoadedConfig } from "../config/load";
import { parseConfig } from "./settings";
import { sharedFolders } from "./shared-folders";
import { configIn, fileOf, PROJECT, stacksIn } from "./stack-yaml";
import { UserError } from "../lib/errors";

/** A cluster that holds nothing yet: every prerequisite is then installed by the stack. */
const emptyCluster: ClusterFacts = {
  version: "v1.36.0",
  customResources: new Map(),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [],
  daemonSets: [],
  admissionResources: [],
};

/**
 * The configuration of `Pulumi.<stack>.yaml`, without the engine: what a stack comes down to can then be shown on a
 * machine that has neither its state nor its cluster. Encrypted values are not read.
 *
 * @throws {UserError}
 */
export function stackConfig(folder: string, stack: string): LoadedConfig {
  try {
    const { keys, unread } = stackFile(folder, stack);
    return parseConfig(keys, [...unread, ...sharedFolders(folder, stack)]);
  } catch (error) {
    if (error instanceof ConfigError) throw new UserError(`Pulumi.${stack}.yaml: ${error.message}`);
    throw error;
  }
}

/**
 * The project's keys of `Pulumi.<stack>.yaml` as they are written, not validated.
 *
 * @throws {UserError}
 */
export function stackKeys(folder: string, stack: string): Record<string, unknown> {
  return stackFile(folder, stack).keys;
}

function stackFile(folder: string, stack: string): StackFile {
  const file = fileOf(folder, stack);
  if (!fs.existsSync(file))
    throw new UserError(`--stack ${stack}: there is no ${file}; stacks here: ${stacksIn(folder).sort().join(", ")}`);
  return readFile(file);
}

interface StackFile {
  readonly keys: Record<string, unknown>;
  /** Keys that nothing reads, as sentences. */
  readonly unread: readonly string[];
}

function readFile(file: string): StackFile {
  const all = Object.entries(configIn(file));
  const own = all.filter(([key]) => key.startsWith(`${PROJECT}:`));
  return {
    keys: Object.fromEntries(own.map(([key, value]) => [key.slice(PROJECT.length + 1), value])),
    unread: unreadKeys(
      PROJECT,
      all.map(([key]) => key),
    ),
  };
}

/**
 * The policy settings of a stack by its file, the same as at preview and at admission: with the exemptions and
 * parameters that follow from the rest of its configuration. A file that sets nothing but policies has those.
 *
 * @throws {UserError}
 */
export function stackPolicies(file: string): PolicySettings {
  const { keys } = readFile(file);
  const others = Object.keys(keys).filter((key) => key !== "policies");
  try {
    return others.length === 0 ? ownPolicies(keys["policies"]) : policiesOf(parseConfig(keys));
  } catch (error) {
    if (error instanceof ConfigError) throw new UserError(`${file}: ${error.message}`);
    throw error;
  }
}

function ownPolicies(value: unknown): PolicySettings {
  const parsed = policySettings.safeParse(value ?? {}, { error: wording });
  if (!parsed.success) throw new ConfigError(describeIssues(parsed.error, { policies: value }, ["policies"]));
  const problems = settingsProblems(parsed.data, loadRules());
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `policies.${problem}`));
  return parsed.data;
}

/** What the stack would install on a cluster; without one, on a cluster that is empty. */
export function stackPlan(config: LoadedConfig, cluster: ClusterFacts = emptyCluster): ReturnType<typeof planPlatform> {
  return planPlatform(config, cluster, new Date().toISOString().slice(0, 10));
}

/** Whether a stack's file sets more than policies: only then it describes a platform. */
export function describesPlatform(folder: string, stack: string): boolean {
  return Object.keys(stackKeys(folder, stack)).some((key) => key !== "policies");
}
