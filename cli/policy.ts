#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import { loadRules } from "../policypack/engine/load";
import { parseArguments, usage, UsageError } from "./scan/arguments";
import type { Format, ScanOptions } from "./scan/arguments";
import { DataFileError } from "./scan/data-file";
import { explain } from "./scan/explain";
import { formatJunit } from "./scan/formats/junit";
import { formatSarif } from "./scan/formats/sarif";
import { formatJson, formatMarkdown, formatTable } from "./scan/formats/text";
import { problemText, systemMessage } from "./scan/problem";
import type { ScanReport } from "./scan/report";
import { printable } from "./scan/report";
import { scan } from "./scan/scan";

type Status = 0 | 1 | 2;

/** What a command writes where, and how it ends. */
interface Outcome {
  readonly status: Status;
  readonly out: string;
  readonly err: string;
}

const formatters: Readonly<Record<Format, (report: ScanReport) => string>> = {
  table: formatTable,
  json: formatJson,
  sarif: formatSarif,
  junit: formatJunit,
  markdown: formatMarkdown,
};

function runScan(options: ScanOptions, today: string): Outcome {
  const report = scan(options, loadRules(), today);
  const { problems, violated } = report.summary;
  const text = formatters[options.format](report);
  if (options.output !== undefined) write(options.output, text);
  // The table shows the problems itself; the other formats are read by programs.
  const told = options.format === "table" && options.output === undefined;
  return {
    status: problems.length > 0 ? 2 : violated > 0 ? 1 : 0,
    out: options.output === undefined ? text : "",
    err: told ? "" : problems.map((problem) => `${printable(problemText(problem))}\n`).join(""),
  };
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new DataFileError(`--output ${file}: ${systemMessage(error)}`);
  }
}

/** Runs one command line. */
export function run(argv: readonly string[], today: string): Outcome {
  try {
    const options = parseArguments(argv);
    if (options === "help") return { status: 0, out: usage, err: "" };
    if (options.explain !== undefined) return { status: 0, out: explain(loadRules(), options.explain), err: "" };
    return runScan(options, today);
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, out: "", err: `${error.message}\n\n${usage}` };
    if (error instanceof DataFileError) return { status: 2, out: "", err: `${error.message}\n` };
    throw error;
  }
}

if (require.main === module) {
  // A reader that stops reading (`| head`) is no failure; the findings still decide the status.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const { status, out, err } = run(process.argv.slice(2), new Date().toISOString().slice(0, 10));
  process.exitCode = status;
  process.stderr.write(err);
  process.stdout.write(out);
}
