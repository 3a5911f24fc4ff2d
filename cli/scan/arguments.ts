import { parseArgs } from "node:util";
import { profiles, type Profile } from "../../config/policies";
import { UserError } from "../../lib/errors";
import { nearest } from "../../lib/nearest";

const formats = ["table", "json", "sarif", "junit", "markdown"] as const;
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
  /** Set where the profile was named, and so counts for more than a stack's. */
  readonly profileGiven?: true;
  readonly format: Format;
  readonly output?: string;
  readonly exempt?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly explain?: string;
  readonly rules: readonly string[];
  readonly podSecurity?: PodSecurity;
  /** The namespace of objects that name none, as of `helm -n`. */
  readonly namespace?: string;
  /** A stack's file, for its profile, rules and exemptions. */
  readonly stack?: string;
  /** Whether a scan of nothing is in order. */
  readonly allowEmpty: boolean;
  /** Whether entries of the baseline that no longer occur are taken out of it. */
  readonly pruneBaseline: boolean;
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
  -n, --namespace <name>            the namespace of objects that name none, as of "helm template -n"
  --stack <file>                    profile, rules and exemptions of a stack: its Pulumi.<stack>.yaml
  --exempt <file>                   exemptions: a list, or those of a Pulumi.<stack>.yaml
  --baseline <file>                 findings that are listed there, and are no worse, do not count
  --write-baseline <file>           write the present findings as the baseline
  --prune-baseline                  take out of the baseline what no longer occurs
  --allow-empty                     input in which there is nothing to judge is in order
  --format <format>                 table (default), json, sarif, junit or markdown
  --output <file>                   write the report there; "-" is standard output
  --explain <rule>                  show all of a rule, examples included; also by the id of another scanner's
                                    check, such as CKV_K8S_16
  --help, --version

Exit status: 0 nothing found, 1 findings, 2 wrong use, input that could not be read (the rest is still reported), or
nothing to judge.
`;

/** The command line does not fit. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}

const isOneOf = <T extends string>(values: readonly T[], value: string): value is T =>
  values.some((each) => each === value);

function choice<T extends string>(option: string, values: readonly T[], value: string): T {
  if (isOneOf(values, value)) return value;
  const near = nearest(value, values);
  throw new UsageError(
    `--${option} ${value}: is none of ${values.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
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

const parsed = {
  profile: { type: "string" },
  format: { type: "string", default: "table" },
  output: { type: "string", short: "o" },
  exempt: { type: "string" },
  baseline: { type: "string" },
  "write-baseline": { type: "string" },
  explain: { type: "string" },
  rules: { type: "string", multiple: true },
  "pod-security": { type: "string" },
  namespace: { type: "string", short: "n" },
  stack: { type: "string" },
  "allow-empty": { type: "boolean", default: false },
  "prune-baseline": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", default: false },
} as const;

function parse(argv: readonly string[]) {
  for (const argument of argv) {
    const name = /^--([^=]+)/.exec(argument)?.[1];
    if (name === undefined || Object.hasOwn(parsed, name)) continue;
    const near = nearest(name, Object.keys(parsed));
    throw new UsageError(`there is no option --${name}${near === undefined ? "" : `; did you mean --${near}?`}`);
  }
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: parsed });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Values = ReturnType<typeof parse>["values"];

/** Reads a command line; "help" or "version" where that is what is asked for. Throws UsageError. */
export function parseArguments(argv: readonly string[]): ScanOptions | "help" | "version" {
  const { values, positionals } = parse(argv);
  const [command, ...paths] = positionals;
  if (values.help || command === "help") return "help";
  if (values.version) return "version";
  checkCommand(command, paths, values);
  const { output, "pod-security": podSecurity } = values;
  return {
    paths,
    profile: choice("profile", profiles, values.profile ?? "mijnbureau"),
    ...(values.profile !== undefined && { profileGiven: true as const }),
    allowEmpty: values["allow-empty"],
    pruneBaseline: values["prune-baseline"],
    format: choice("format", formats, values.format),
    rules: values.rules ?? [],
    ...(output !== undefined && output !== "-" && { output }),
    ...(podSecurity !== undefined && { podSecurity: podSecurityOf(podSecurity) }),
    ...namesOf(values),
  };
}

/** A label of a DNS name (RFC 1123), as namespaces are called. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function checkCommand(command: string | undefined, paths: readonly string[], values: Values): void {
  if (command !== "scan") {
    throw new UsageError(command === undefined ? "a command is needed: scan" : `"${command}" is no command; use scan`);
  }
  if (paths.length === 0 && values.explain === undefined) {
    throw new UsageError('nothing to scan: name files or directories, or "-" for standard input');
  }
  if (values["prune-baseline"] && values.baseline === undefined)
    throw new UsageError("--prune-baseline: name the file with --baseline");
  if (values.namespace !== undefined && !NAMESPACE.test(values.namespace))
    throw new UsageError(
      `--namespace "${values.namespace}": is no name of a namespace: lower-case letters, digits and hyphens, at most 63`,
    );
}

/** Options that are names of files, rules and namespaces, as far as they are given. */
function namesOf(values: Values): Partial<ScanOptions> {
  const { exempt, stack, namespace, baseline, explain, "write-baseline": writeBaseline } = values;
  return {
    ...(stack !== undefined && { stack }),
    ...(namespace !== undefined && { namespace }),
    ...(exempt !== undefined && { exempt }),
    ...(baseline !== undefined && { baseline }),
    ...(writeBaseline !== undefined && { writeBaseline }),
    ...(explain !== undefined && { explain }),
  };
}
