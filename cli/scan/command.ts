import { closeSync, openSync, writeSync } from "node:fs";
import { z } from "zod";
import { VERSION } from "../../config/version";
import { loadRules } from "../../policypack/engine/load";
import { parseArguments, usage, UsageError } from "./arguments";
import type { Format, ScanOptions } from "./arguments";
import { DataFileError } from "./data-file";
import { explain } from "./explain";
import { formatJunit } from "./formats/junit";
import { formatSarif } from "./formats/sarif";
import { formatJson, formatMarkdown, formatTable } from "./formats/text";
import { Output } from "./output";
import { problemText, systemMessage } from "./problem";
import type { Formatted, ScanReport } from "./report";
import { printable } from "./report";
import { scan } from "./scan";

type Status = 0 | 1 | 2;

/** Where output goes, piece by piece. */
type Write = (text: string) => void;

/** How a command ends, and what it says beside its output. */
interface Outcome {
  readonly status: Status;
  readonly err: string;
}

const formatters: Readonly<Record<Format, (report: ScanReport) => Formatted>> = {
  table: formatTable,
  json: formatJson,
  sarif: formatSarif,
  junit: formatJunit,
  markdown: formatMarkdown,
};

function runScan(options: ScanOptions, today: string, out: Write): Outcome {
  // Each rule's parameters are read once: to make code for that takes a thirtieth of the time of a scan.
  z.config({ jitless: true });
  const report = scan(options, loadRules(), today);
  const { problems, nothingJudged } = report;
  const text = formatters[options.format](report);
  const { violated } = options.output === undefined ? pass(text, out) : save(options.output, text);
  // The table shows the problems itself; the other formats are read by programs.
  const told = options.format === "table" && options.output === undefined;
  return {
    status: problems.length > 0 || nothingJudged ? 2 : violated > 0 ? 1 : 0,
    err: told
      ? ""
      : [...problems.map(problemText), ...(nothingJudged ? ["nothing was judged"] : [])].map(lineOf).join(""),
  };
}

const lineOf = (text: string): string => `${printable(text)}\n`;

/** Characters to gather before they are written: fewer, larger writes. */
const PIECE = 64 * 1024;

/** Hands on pieces of text; the generator's own result is what remains. */
function pass<T>(text: Generator<string, T>, out: Write): T {
  let gathered = "";
  for (;;) {
    const { done, value } = text.next();
    if (done === true) {
      out(gathered);
      return value;
    }
    gathered += value;
    if (gathered.length < PIECE) continue;
    out(gathered);
    gathered = "";
  }
}

function save<T>(file: string, text: Generator<string, T>): T {
  const attempt = <U>(action: () => U): U => {
    try {
      return action();
    } catch (error) {
      throw new DataFileError(`--output ${file}: ${systemMessage(error)}`);
    }
  };
  const descriptor = attempt(() => openSync(file, "w"));
  try {
    return pass(text, (piece) => void attempt(() => writeSync(descriptor, piece)));
  } finally {
    closeSync(descriptor);
  }
}

/** Runs one command line. */
export function execute(argv: readonly string[], today: string, out: Write): Outcome {
  try {
    const options = parseArguments(argv);
    if (options === "help") return told(usage, out);
    if (options === "version") return told(`${VERSION}\n`, out);
    if (options.explain !== undefined) return told(explain(loadRules(), options.explain), out);
    return runScan(options, today, out);
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, err: `${error.message}\n\n${usage}` };
    if (error instanceof DataFileError) return { status: 2, err: `${error.message}\n` };
    throw error;
  }
}

function told(text: string, out: Write): Outcome {
  out(text);
  return { status: 0, err: "" };
}

/** Runs one command line and gathers what it writes. */
export function run(argv: readonly string[], today: string): Outcome & { readonly out: string } {
  const pieces: string[] = [];
  const outcome = execute(argv, today, (piece) => pieces.push(piece));
  return { ...outcome, out: pieces.join("") };
}

/** Runs the command line of this process. */
export function main(): void {
  const today = new Date().toISOString().slice(0, 10);
  const { status, err } = execute(process.argv.slice(2), today, new Output().write);
  process.exitCode = status;
  process.stderr.write(err);
}
