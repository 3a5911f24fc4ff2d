import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { chartCacheRoot } from "../components/charts/cache";
import { operatorSettings, type OperatorSettings } from "../components/operators/frame/settings";
import { loadRules } from "../policypack/engine/load";
import { settingsProblems } from "../policypack/engine/stack-settings";
import { configSchema, type PlatformConfig } from "./schema";
import { ConfigError, describeIssues, wording } from "./errors";

/** The whole configuration: the platform's own keys and each operator's settings, validated and defaulted. */
export interface LoadedConfig extends Omit<PlatformConfig, "operators"> {
  readonly operators: OperatorSettings;
}

/**
 * Validates raw values (one entry per top-level key, parsed from JSON).
 *
 * @throws {ConfigError} with every problem at once.
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>): LoadedConfig {
  const own = configSchema.safeParse(raw, { error: wording });
  const operators = operatorSettings(own.success ? own.data.operators : (raw["operators"] ?? {}));
  const problems = [
    ...(own.success ? policyProblems(own.data) : describeIssues(own.error, raw)),
    ...(operators.success ? [] : describeIssues(operators.error, { operators: raw["operators"] }, ["operators"])),
  ];
  if (!own.success || !operators.success || problems.length > 0) throw new ConfigError(problems);
  return { ...own.data, operators: operators.data };
}

/** Rules that do not exist would else be refused only where the policy pack runs. */
function policyProblems({ policies }: PlatformConfig): string[] {
  if (Object.keys(policies.rules).length + policies.exemptions.length === 0) return [];
  return settingsProblems(policies, loadRules()).map((problem) => `policies.${problem}`);
}

/** What the program is given by the machine and the stack. */
export interface Stack {
  readonly config: LoadedConfig;
  readonly folders: { readonly cacheRoot: string; readonly standInRoot: string };
}

/** Reads `Pulumi.<stack>.yaml` through the engine, then checks that the state is where the stack says. */
export function loadStack(): Stack {
  const config = parseConfig(stackValues(pulumi.getProject(), pulumi.runtime.allConfig()));
  const problems = stateProblems(config, currentBackend(process.env));
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    config,
    folders: {
      cacheRoot: chartCacheRoot(process.env, os.homedir()),
      standInRoot: path.join(pulumi.getRootDirectory(), "test", "charts"),
    },
  };
}

/** Top-level keys of the project's namespace, each parsed as JSON where it is JSON. */
export function stackValues(project: string, all: Readonly<Record<string, string>>): Record<string, unknown> {
  const prefix = `${project}:`;
  const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), jsonOrString(value)]));
}

function jsonOrString(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The backend the running command uses: PULUMI_BACKEND_URL, else what `pulumi login` recorded. */
function currentBackend(env: NodeJS.ProcessEnv): string | undefined {
  const fromEnvironment = env["PULUMI_BACKEND_URL"];
  if (fromEnvironment !== undefined && fromEnvironment !== "") return fromEnvironment;
  const home = env["PULUMI_HOME"] ?? path.join(env["HOME"] ?? "", ".pulumi");
  try {
    const recorded: unknown = JSON.parse(fs.readFileSync(path.join(home, "credentials.json"), "utf8"));
    const current =
      typeof recorded === "object" && recorded !== null && "current" in recorded ? recorded.current : undefined;
    return typeof current === "string" ? current : undefined;
  } catch {
    return undefined;
  }
}

/** Why the state of this stack would land in the wrong place; empty when it would not. */
export function stateProblems(
  config: Pick<LoadedConfig, "environment" | "state">,
  backend: string | undefined,
): string[] {
  if (config.environment === "dev" || backend === undefined) return [];
  const [wanted] = config.state.backend.split("?");
  const [used] = backend.split("?");
  if (wanted === used) return [];
  return [
    `state.backend: "${config.state.backend}" is not the backend in use ("${used}"). ` +
      `Log in to it first: pulumi login '${config.state.backend}'`,
  ];
}
