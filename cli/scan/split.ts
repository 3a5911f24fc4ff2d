/** One YAML document as text. */
export interface DocumentText {
  readonly text: string;
  /** Line of the file on which it starts, from 0. */
  readonly line: number;
  /** Set where it was longer than allowed; its text is then left out. */
  readonly tooLong?: true;
}

// YAML 1.2.2, 9.1.2: at the start of a line these end a document, even inside a block scalar.
const MARKER = /^---(?=[ \t\r\n]|$)/gm;

function countLines(text: string): number {
  let lines = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) lines++;
  return lines;
}

/** Splits a stream of text into its documents, without parsing it, so that a broken one does not spoil the others. */
export function* splitDocuments(chunks: Iterable<string>, limit: number): Generator<DocumentText> {
  const pieces = new Pieces(limit);
  for (const block of lineBlocks(chunks)) {
    let from = 0;
    for (const match of block.matchAll(MARKER)) {
      pieces.add(block.slice(from, match.index));
      from = match.index;
      const done = pieces.take();
      if (done !== undefined) yield done;
    }
    pieces.add(block.slice(from));
  }
  const last = pieces.take();
  if (last !== undefined) yield last;
}

/** Text cut at line ends. */
function* lineBlocks(chunks: Iterable<string>): Generator<string> {
  let carried: string[] = [];
  for (const chunk of chunks) {
    const end = chunk.lastIndexOf("\n") + 1;
    if (end === 0) {
      carried.push(chunk);
      continue;
    }
    yield carried.join("") + chunk.slice(0, end);
    carried = [chunk.slice(end)];
  }
  const rest = carried.join("");
  if (rest !== "") yield rest;
}

class Pieces {
  private parts: string[] = [];
  private length = 0;
  private lines = 0;
  private start = 0;

  constructor(private readonly limit: number) {}

  add(text: string): void {
    this.length += text.length;
    this.lines += countLines(text);
    if (this.length <= this.limit) this.parts.push(text);
    else this.parts = [];
  }

  /** The document so far; undefined where only blank lines and comments stand. */
  take(): DocumentText | undefined {
    const { start, length } = this;
    const text = this.parts.join("");
    this.start += this.lines;
    this.parts = [];
    this.length = 0;
    this.lines = 0;
    if (length > this.limit) return { text: "", line: start, tooLong: true };
    return hasContent(text) ? { text, line: start } : undefined;
  }
}

/** A line that is more than a marker, blanks and a comment. */
const CONTENT = /^(?!(?:---|\.\.\.)?[ \t\r]*(?:#|$))/m;

function hasContent(text: string): boolean {
  return CONTENT.test(text);
}
