import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { UserError } from "../../lib/errors";

/** A file of a chart package. */
export interface ArchiveFile {
  /** Path below the chart's own folder, with forward slashes. */
  readonly path: string;
  readonly content: Buffer;
}

/** The package is damaged or would write where it must not. */
export class ArchiveError extends UserError {}

/** Far above the largest pinned chart (7 MB, 400 files); a package beyond it is a mistake or an attack. */
const limits = { bytes: 64 * 1024 * 1024, files: 20_000 };

const CUT_OFF = "ends too early: the download was cut off";

/** `sha256:…` of a package, as charts.lock.json writes it. */
export function packageDigest(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/**
 * The files of a chart package (a gzipped tar with one top folder, the chart's name), all in memory: nothing is
 * written, so a hostile package cannot write anything either. Links, devices and paths that leave the folder are
 * refused; Helm itself packages none.
 *
 * @throws {ArchiveError}
 */
export function readChartArchive(content: Buffer, chart: string): ArchiveFile[] {
  const files = new Map<string, Buffer>();
  for (const entry of tarEntries(unzip(content))) {
    if (entry.type === "directory") continue;
    const path = pathInChart(entry.path, chart);
    if (files.has(path)) throw new ArchiveError(`contains "${entry.path}" twice`);
    files.set(path, entry.content);
    if (files.size > limits.files) throw new ArchiveError(`has more than ${limits.files} files`);
  }
  if (!files.has("Chart.yaml")) throw new ArchiveError(`has no ${chart}/Chart.yaml: not a package of this chart`);
  return [...files].map(([path, file]) => ({ path, content: file }));
}

function unzip(content: Buffer): Buffer {
  try {
    return gunzipSync(content, { maxOutputLength: limits.bytes });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "Z_BUF_ERROR") throw new ArchiveError(CUT_OFF);
    if (code === "ERR_BUFFER_TOO_LARGE") throw new ArchiveError(`unpacks to more than ${limits.bytes} bytes`);
    throw new ArchiveError("is not a gzip archive");
  }
}

function pathInChart(path: string, chart: string): string {
  const parts = path.replace(/^\.\//, "").split("/");
  const unsafe = path.startsWith("/") || path.includes("\\") || path.includes("\0") || parts.includes("..");
  if (unsafe) throw new ArchiveError(`has an entry that leaves the chart's folder: "${path}"`);
  const [top, ...rest] = parts.filter((part) => part !== "" && part !== ".");
  if (top !== chart || rest.length === 0) throw new ArchiveError(`has an entry outside ${chart}/: "${path}"`);
  return rest.join("/");
}

interface TarEntry {
  readonly path: string;
  readonly type: "file" | "directory";
  readonly content: Buffer;
}

/** Every entry of the archive; nothing of it is taken where any part is damaged. */
function tarEntries(tar: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  const faults: ArchiveError[] = [];
  let ended = false;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const type = entryType(entry.type);
      if (type === undefined)
        faults.push(new ArchiveError(`has an entry that is neither file nor folder: "${entry.path}"`));
      const chunks: Buffer[] = [];
      entry.on("data", (chunk) => chunks.push(chunk));
      entry.on("end", () => {
        if (type !== undefined) entries.push({ path: entry.path, type, content: Buffer.concat(chunks) });
      });
    },
  });
  parser.on("ignoredEntry", ({ path }: ReadEntry) => {
    faults.push(new ArchiveError(`has an entry that is neither file nor folder: "${path}"`));
  });
  parser.on("eof", () => (ended = true));
  parser.on("error", (error: Error) => {
    const cutOff = error.message.includes("Truncated input");
    faults.push(new ArchiveError(cutOff ? CUT_OFF : `has a damaged header (${error.message})`));
  });
  // In memory and uncompressed, so that the parser is done when this returns.
  parser.end(tar);
  if (!ended) faults.push(new ArchiveError(CUT_OFF));
  const [first] = faults;
  if (first !== undefined) throw first;
  return entries;
}

function entryType(type: string): TarEntry["type"] | undefined {
  if (type === "File" || type === "OldFile") return "file";
  return type === "Directory" ? "directory" : undefined;
}
