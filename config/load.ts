import * as fs from "node:fs";
import * as path from "node:path";
import type { z } from "zod";
import type { PolicySettings } from "./policies";
import { configSchema, type PlatformConfig } from "./schema";
import { ConfigError, describeIssues, wording } from "./errors";

/** Settings per operator, by name, each validated and defaulted by its own schema. */
export type OperatorSettings = Readonly<Record<string, unknown>>;

/** The whole configuration: the platform's own keys and each operator's settings, validated and defaulted. */
export interface LoadedConfig extends Omit<PlatformConfig, "operators"> {
  readonly operators: OperatorSettings;
}

/** What the configuration names and does not know itself: operators and rules. */
export interface Registries {
  operatorSettings(input: unknown): z.ZodSafeParseResult<OperatorSettings>;
  /** What is wrong with the settings of rules, one line each, without the key `policies`. */
  policyProblems(policies: PolicySettings): readonly string[];
}

/**
 * Validates raw values (one entry per top-level key, parsed from JSON).
 *
 * @throws {ConfigError} with every problem at once.
 */
export function validateConfig(
  raw: Readonly<Record<string, unknown>>,
  registries: Registries,
  found: readonly string[] = [],
): LoadedConfig {
  const own = configSchema.safeParse(raw, { error: wording });
  const operators = registries.operatorSettings(own.success ? own.data.operators : (raw["operators"] ?? {}));
  const problems = [
    ...found,
    ...(own.success
      ? registries.policyProblems(own.data.policies).map((problem) => `policies.${problem}`)
      : describeIssues(own.error, raw)),
    ...(operators.success ? [] : describeIssues(operators.error, { operators: raw["operators"] }, ["operators"])),
  ];
  if (!own.success || !operators.success || problems.length > 0) throw new ConfigError(problems);
  return { ...own.data, operators: operators.data };
}

/** Namespaces of keys that Pulumi itself and its providers read from a stack's configuration. */
const OTHERS: ReadonlySet<string> = new Set(["pulumi", "kubernetes", "random"]);

/** Keys of a stack's configuration that nothing reads, as sentences: a slip in the project's name would undo what they set. */
export function unreadKeys(project: string, keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const namespace = /^(.*?):/.exec(key)?.[1];
    if (namespace === project || (namespace !== undefined && OTHERS.has(namespace))) return [];
    const meant = `${project}:${key.slice(namespace === undefined ? 0 : namespace.length + 1)}`;
    return [`"${key}": nothing reads this key. Write ${meant}, or remove it`];
  });
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

/** Environment variables. The program reads them through here alone. */
export function environment(): NodeJS.ProcessEnv {
  return process.env;
}

/** The backend the running command uses: PULUMI_BACKEND_URL, else what `pulumi login` recorded. */
export function currentBackend(env: NodeJS.ProcessEnv): string | undefined {
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
