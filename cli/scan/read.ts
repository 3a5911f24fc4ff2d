import type { Item } from "../../policypack/engine/items";
import { asObject, asString } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { groupKind, groupOf, isClusterScoped } from "../../lib/kinds";
import { readObject } from "../../policypack/engine/engine";
import type { Origin, StackObject } from "../../policypack/engine/stack";
import { filesAt, readText, STDIN, UnreadableError } from "./files";
import { patchesAmong } from "./kustomize";
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
  /** Patches of kustomize, which were left alone. */
  readonly patches: readonly string[];
}

export interface ReadOptions {
  /** Whether the text of documents is kept, because lines will be asked for. */
  readonly keepText?: boolean;
  /** The namespace of objects that name none. */
  readonly namespace?: string;
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

  constructor(
    readonly problems: Problem[],
    private readonly options: ReadOptions,
  ) {}

  file(path: string): void {
    const file = shown(path);
    let document = 0;
    try {
      for (const text of splitDocuments(readText(path), DOCUMENT_LIMIT)) {
        this.document({ file, document, line: text.line, path: [], text: text.text }, text.tooLong);
        document++;
      }
    } catch (error) {
      const message = error instanceof UnreadableError ? error.message : systemMessage(error);
      this.problems.push({ file, message });
    }
  }

  private document(source: Source & { readonly text: string }, tooLong: true | undefined): void {
    const { file, document, line, text } = source;
    try {
      const found = objectsOf(parseDocument({ text, line, ...(tooLong && { tooLong }) }), text).filter(isObject);
      if (found.length === 0) this.otherDocuments++;
      for (const { object, path } of found) {
        const origin: Origin = { file, document };
        const entry = readObject(inNamespace(object, this.options.namespace), origin);
        if (entry === undefined) continue;
        this.objects.push(entry);
        this.sources.set(
          origin,
          this.options.keepText === true ? { file, document, line, path, text } : { file, document, line, path },
        );
      }
    } catch (error) {
      this.problems.push({ file, document, ...documentProblem(error, line) });
    }
  }
}

/** Instructions for kustomize, which no cluster takes. */
const KUSTOMIZE = "kustomize.config.k8s.io";

function isObject({ object }: Item): boolean {
  return groupOf(asString(object["apiVersion"]) ?? "") !== KUSTOMIZE;
}

/** The object in the namespace that `helm -n` or `kubectl -n` would put it in. */
function inNamespace(object: JsonObject, namespace: string | undefined): JsonObject {
  if (namespace === undefined || isClusterScoped(groupKind(object))) return object;
  const metadata = asObject(object["metadata"]) ?? {};
  const own = asString(metadata["namespace"]) ?? "";
  return own === "" ? { ...object, metadata: { ...metadata, namespace } } : object;
}

/** Reads every object behind the given paths. What cannot be read becomes a problem. */
export function readInput(paths: readonly string[], options: ReadOptions = {}): Input {
  const problems: Problem[] = [];
  const files = filesAt(paths, problems);
  const patches = patchesAmong(files.filter((file) => file !== STDIN));
  const reader = new Reader(problems, options);
  for (const file of files) if (!patches.has(file)) reader.file(file);
  const { objects, sources, otherDocuments } = reader;
  return { objects, sources, problems, files: files.length, otherDocuments, patches: [...patches] };
}
