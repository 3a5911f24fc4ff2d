import { parseArgs } from "node:util";
import { profiles, type Profile } from "../../config/policies";
import { UserError } from "../../lib/errors";

export const formats = ["table", "json", "sarif", "junit", "markdown"] as const;
export type Format = (typeof formats)[number];

const podSecurityLevels = ["privileged", "baseline", "restricted"] as const;

/** A Pod Security Standard at a version, in place of what the namespaces say. */
export interface PodSecurity {
  readonly level: (typeof podSecurityLevels)[number];
  /** "latest" or "v1.<minor>". */
  readonly version: string;
}

/** What a scan was asked for. */
export interface ScanOptions {
  readonly paths: readonly string[];
  readonly profile: Profile;
  readonly format: Format;
  readonly output?: string;
  readonly exempt?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly explain?: string;
  readonly rules: readonly string[];
  readonly podSecurity?: PodSecurity;
}

export const usage = `Usage: mijnbureau-policy scan [options] <file | directory | - …>

Judges Kubernetes objects in YAML or JSON by the rules of the policy pack. "-" reads standard input.
Directories are searched for .yaml, .yml and .json files.

  --profile <name>                  baseline, mijnbureau (default) or strict
  --rules <glob>                    only these rules, such as 'pod-security/*'; may be repeated.
                                    An exact id is judged even where the profile leaves it out.
  --pod-security <level>@<version>  only the Pod Security Standard, at this level and version, whatever the pods'
                                    namespaces say: restricted@v1.33, baseline@latest. With --rules, the rules
                                    that it names, Pod Security at this level and version among them.
  --exempt <file>                   exemptions: a list, or a Pulumi.<stack>.yaml
  --baseline <file>                 findings that are listed there do not count
  --write-baseline <file>           write the present findings as the baseline
  --format <format>                 table (default), json, sarif, junit or markdown
  --output <file>                   write the report there instead of to standard output
  --explain <rule>                  show what a rule asks, why, and what to do
  --help

Exit status: 0 nothing found, 1 findings, 2 wrong use or input that could not be read (the rest is still reported).
`;

/** The command line does not fit. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}

const isOneOf = <T extends string>(values: readonly T[], value: string): value is T =>
  values.some((each) => each === value);

function choice<T extends string>(option: string, values: readonly T[], value: string): T {
  if (isOneOf(values, value)) return value;
  throw new UsageError(`--${option} ${value}: is none of ${values.join(", ")}`);
}

function podSecurityOf(text: string): PodSecurity {
  const [level = "", version = "latest", ...rest] = text.split("@");
  const numbered = /^v?(1\.\d+)$/.exec(version)?.[1];
  if (rest.length > 0 || (version !== "latest" && numbered === undefined)) {
    throw new UsageError(`--pod-security ${text}: expected <level>@<version>, such as restricted@v1.33`);
  }
  return {
    level: choice("pod-security", podSecurityLevels, level),
    version: numbered === undefined ? "latest" : `v${numbered}`,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        profile: { type: "string", default: "mijnbureau" },
        format: { type: "string", default: "table" },
        output: { type: "string", short: "o" },
        exempt: { type: "string" },
        baseline: { type: "string" },
        "write-baseline": { type: "string" },
        explain: { type: "string" },
        rules: { type: "string", multiple: true },
        "pod-security": { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Reads a command line; "help" where that is what is asked for. Throws UsageError. */
export function parseArguments(argv: readonly string[]): ScanOptions | "help" {
  const { values, positionals } = parse(argv);
  if (values.help) return "help";
  const [command, ...paths] = positionals;
  if (command !== "scan") {
    throw new UsageError(command === undefined ? "a command is needed: scan" : `"${command}" is no command; use scan`);
  }
  if (paths.length === 0 && values.explain === undefined) {
    throw new UsageError('nothing to scan: name files or directories, or "-" for standard input');
  }
  const { output, exempt, baseline, explain, "write-baseline": writeBaseline, "pod-security": podSecurity } = values;
  return {
    paths,
    profile: choice("profile", profiles, values.profile),
    format: choice("format", formats, values.format),
    rules: values.rules ?? [],
    ...(output !== undefined && { output }),
    ...(exempt !== undefined && { exempt }),
    ...(baseline !== undefined && { baseline }),
    ...(writeBaseline !== undefined && { writeBaseline }),
    ...(explain !== undefined && { explain }),
    ...(podSecurity !== undefined && { podSecurity: podSecurityOf(podSecurity) }),
  };
}
