import type { z } from "zod";

/** A user's mistake in the configuration: printed as is, without a stack trace. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
    this.name = "ConfigError";
  }
}

/** One line per problem: key, value, what is wrong. Values of keys that look secret are not repeated. */
export function describeIssues(error: z.ZodError, raw: unknown, prefix: readonly PropertyKey[] = []): string[] {
  return error.issues.flatMap((issue) => describeIssue(issue, raw, prefix));
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown, prefix: readonly PropertyKey[]): string[] {
  const at = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map(
      (key) =>
        `${keyName([...at, key])}: unknown key. Remove it or correct its spelling; docs/configuration.md lists every key`,
    );
  }
  const value = valueAt(raw, at);
  const quoted = JSON.stringify(value) ?? "";
  const hidden = value === undefined || isSecretName(at) || issue.message.includes(quoted);
  const shown = hidden ? "" : ` ${quoted}`;
  const missing = value === undefined && issue.code === "invalid_type";
  return [`${keyName(at)}:${shown} ${missing ? `is missing; ${issue.message}` : issue.message}`];
}

function keyName(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}

function isSecretName(path: readonly PropertyKey[]): boolean {
  return path.some((part) => /password|secret|token|credential/i.test(String(part)));
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(part))?.[1];
  }
  return value;
}
