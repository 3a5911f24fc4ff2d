import { parseArgs, type ParseArgsConfig } from "node:util";
import { VERSION } from "../config/version";
import { nearest } from "../lib/nearest";
import { UserError } from "../lib/errors";
import { codeOf, explain } from "../lib/kube/errors";

/** Exit status of every command: 0 done, 1 done and something is wrong, or it could not be done, 2 wrong use. */
export type ExitStatus = 0 | 1 | 2;

/** One command of `mijnbureau`. */
export interface Command {
  readonly name: string;
  /** One line for the table of commands. */
  readonly summary: string;
  /** The whole of `--help`. */
  readonly usage: string;
  run(args: readonly string[]): Promise<ExitStatus> | ExitStatus;
}

/** The command line does not fit: printed with the usage. */
export class UsageError extends UserError {}

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Options and operands of a command line.
 *
 * @throws {UsageError} for what is not understood, with the option that was probably meant.
 */
export function parseOptions<const O extends Options>(args: readonly string[], options: O) {
  for (const arg of args) {
    const name = /^--(no-)?([^=]+)/.exec(arg)?.[2];
    if (name === undefined || Object.hasOwn(options, name)) continue;
    const meant = nearest(name, Object.keys(options));
    throw new UsageError(`there is no option --${name}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
  }
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Refuses operands where a command takes none. */
export function noOperands(operands: readonly string[]): void {
  if (operands.length > 0) throw new UsageError(`"${operands.join(" ")}" is not understood`);
}

/** One of the named choices, or the one that was probably meant. */
export function choice<const C extends string>(given: string, choices: readonly C[], what: string): C {
  const found = choices.find((each) => each === given);
  if (found !== undefined) return found;
  const meant = nearest(given, choices);
  throw new UsageError(
    `there is no ${what} "${given}"; ${meant === undefined ? `there are ${choices.join(", ")}` : `did you mean "${meant}"?`}`,
  );
}

/** Runs one command line. What a user can act on is told in its own words; a stack trace means a defect. */
export async function execute(command: Command, args: readonly string[]): Promise<ExitStatus> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(command.usage);
    return 0;
  }
  if (args[0] === "--version") {
    console.log(VERSION);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${command.usage}`);
      return 2;
    }
    if (!(error instanceof UserError) && codeOf(error) === undefined) throw error;
    console.error(`${command.name}: ${explain(error)}`);
    return 1;
  }
}

/** Runs the command of this process. */
export function main(command: Command, args: readonly string[] = process.argv.slice(2)): void {
  execute(command, args).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
