import { readObject } from "../../policypack/engine/engine";
import type { Origin, StackObject } from "../../policypack/engine/stack";
import { filesAt, readText, STDIN, UnreadableError } from "./files";
import { Memory } from "./memory";
import { DocumentError, objectsOf, parseDocument } from "./parse";
import { systemMessage } from "./problem";
import type { Problem } from "./problem";
import { splitDocuments } from "./split";

/** Longest document, in characters: strings and parsed objects stay well within the memory of the process. */
const DOCUMENT_LIMIT = 256 * 1024 * 1024;

/** Where a finding's object stands in the input. */
export interface Source {
  readonly file: string;
  /** Number of the document in its file, from 0. */
  readonly document: number;
  /** First line of the document in the file, from 0. */
  readonly line: number;
  /** Way from the document to the object. */
  readonly path: readonly (string | number)[];
  /** The document itself, where lines will be asked for. */
  readonly text?: string;
}

/** Everything that was read. */
export interface Input {
  readonly objects: readonly StackObject[];
  readonly sources: ReadonlyMap<Origin, Source>;
  readonly problems: readonly Problem[];
  readonly files: number;
  /** Documents that hold no Kubernetes object, such as values files. */
  readonly otherDocuments: number;
}

/** How files are shown: standard input by a name of its own. */
const shown = (file: string): string => (file === STDIN ? "(stdin)" : file);

function documentProblem(error: unknown, line: number): Pick<Problem, "line" | "message"> {
  if (error instanceof DocumentError) return { line: line + (error.line ?? 0) + 1, message: error.message };
  // The stack overflows on JSON that is nested many thousand levels deep.
  if (error instanceof RangeError) return { line: line + 1, message: "the document is nested too deeply" };
  throw error;
}

class Reader {
  readonly objects: StackObject[] = [];
  readonly sources = new Map<Origin, Source>();
  otherDocuments = 0;
  private readonly memory = new Memory();

  constructor(
    readonly problems: Problem[],
    private readonly keepText: boolean,
  ) {}

  file(path: string): void {
    const file = shown(path);
    let document = 0;
    try {
      for (const text of splitDocuments(readText(path), DOCUMENT_LIMIT)) {
        this.document({ file, document, line: text.line, path: [], text: text.text }, text.tooLong);
        document++;
        this.memory.document();
      }
    } catch (error) {
      const message = error instanceof UnreadableError ? error.message : systemMessage(error);
      this.problems.push({ file, message });
    }
  }

  private document(source: Source & { readonly text: string }, tooLong: true | undefined): void {
    const { file, document, line, text } = source;
    try {
      const found = objectsOf(parseDocument({ text, line, ...(tooLong && { tooLong }) }), text);
      if (found.length === 0) this.otherDocuments++;
      for (const { object, path } of found) {
        const origin: Origin = { file, document };
        const entry = readObject(object, origin);
        if (entry === undefined) continue;
        this.objects.push(entry);
        this.sources.set(origin, this.keepText ? { file, document, line, path, text } : { file, document, line, path });
      }
    } catch (error) {
      this.problems.push({ file, document, ...documentProblem(error, line) });
    }
  }
}

/** Reads every object behind the given paths. What cannot be read becomes a problem. */
export function readInput(paths: readonly string[], keepText: boolean): Input {
  const problems: Problem[] = [];
  const files = filesAt(paths, problems);
  const reader = new Reader(problems, keepText);
  for (const file of files) reader.file(file);
  const { objects, sources, otherDocuments } = reader;
  return { objects, sources, problems, files: files.length, otherDocuments };
}
