import { z } from "zod";
import { UserError } from "../lib/errors";
import { nearest } from "../lib/nearest";

/** A user's mistake in the configuration: printed as is, without a stack trace. */
export class ConfigError extends UserError {
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

/** What zod expects, in words and as it is written in a stack file. */
const EXPECTED: Readonly<Record<string, string>> = {
  string: 'is not text; write it in quotes, e.g. "text"',
  number: "is not a number; example: 3",
  int: "is not a whole number; example: 3",
  boolean: "is neither true nor false; write it without quotes",
  array: "is not a list; example: [one, two]",
  object: "is not a group of keys; example: { key: value }",
  record: "is not a group of keys; example: { key: value }",
};

const listed = (values: readonly unknown[]): string =>
  values.map((value) => (value === "" ? '""' : String(value))).join(", ");

/** Zod's own messages in the words of this project; what a schema says itself wins. For `safeParse`, as `error`. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type") return EXPECTED[issue.expected];
  if (issue.code === "invalid_value") return `is not one of ${listed(issue.values)}`;
  if (issue.code === "too_small") return tooSmall(issue);
  if (issue.code === "too_big") return `is more than the ${String(issue.maximum)} that are allowed`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message;
  if (issue.code === "unrecognized_keys") return meant(issue.keys, issue.inst).join("\n");
  const options: unknown = issue.code === "invalid_union" ? issue["options"] : undefined;
  return Array.isArray(options) ? `is not one of ${listed(options)}` : undefined;
};

/** Of each unknown key the one that was probably meant, or nothing: a line each, because zod hands on nothing but text. */
function meant(keys: readonly string[], schema: unknown): string[] {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return keys.map((key) => nearest(key, known) ?? "");
}

interface TooSmall {
  readonly origin: string;
  readonly minimum: number | bigint;
  readonly inclusive?: boolean | undefined;
}

function tooSmall({ origin, minimum, inclusive }: TooSmall): string {
  if (origin === "string" || origin === "array") {
    return Number(minimum) === 1 ? "is empty" : `is shorter than ${String(minimum)}`;
  }
  return `is too small; it is ${inclusive === false ? "more than" : "at least"} ${String(minimum)}`;
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown, prefix: readonly PropertyKey[]): string[] {
  const at = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const near = issue.message.split("\n");
    return issue.keys.map((key, index) => `${keyName([...at, key])}: unknown key. ${remedyOf(near[index] ?? "")}`);
  }
  const value = valueAt(raw, at);
  const quoted = JSON.stringify(value) ?? "";
  const hidden = value === undefined || isSecretName(at) || issue.message.includes(quoted);
  const shown = hidden ? "" : ` ${quoted.length > SHOWN ? `${quoted.slice(0, SHOWN)}…` : quoted}`;
  if (value === undefined && ABSENT.has(issue.code)) return [`${keyName(at)}: is missing; ${remedyIn(issue.message)}`];
  return [`${keyName(at)}:${shown} ${issue.message}`];
}

const remedyOf = (near: string): string =>
  near === ""
    ? "Remove it or correct its spelling; docs/configuration.md lists every key"
    : `Did you mean ${near}? docs/configuration.md lists every key`;

/** Characters of a wrong value that are repeated. */
const SHOWN = 120;

const ABSENT: ReadonlySet<string> = new Set(["invalid_type", "invalid_value", "invalid_format", "invalid_union"]);

/** Of a message about a wrong value, the part that holds where there is none: "is not a URL; example: …". */
function remedyIn(message: string): string {
  const choice = /^is not one of (?<options>.*)$/.exec(message)?.groups?.["options"];
  if (choice !== undefined) return `write one of ${choice}`;
  const example = /; (?<rest>(?:examples?|e\.g\.):? .*)$/s.exec(message)?.groups?.["rest"];
  return example ?? "docs/configuration.md says what it is";
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
