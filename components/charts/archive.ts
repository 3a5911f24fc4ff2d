import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
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

const block = 512;

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
    if (code === "Z_BUF_ERROR") throw new ArchiveError("ends too early: the download was cut off");
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

/** POSIX.1-1988 ustar with pax (typeflag x) and GNU (typeflag L) long names, as Helm's and GNU tar write them. */
function* tarEntries(tar: Buffer): Generator<TarEntry> {
  let offset = 0;
  let longName: string | undefined;
  while (offset + block <= tar.length) {
    const header = tar.subarray(offset, offset + block);
    if (header.every((byte) => byte === 0)) return;
    const size = octal(header, 124, 12);
    const end = offset + block + size;
    if (end > tar.length) throw new ArchiveError("ends too early: the download was cut off");
    const content = tar.subarray(offset + block, end);
    const typeFlag = String.fromCharCode(header[156] ?? 0);
    if (typeFlag === "x") longName = paxPath(content) ?? longName;
    else if (typeFlag === "L") longName = text(content, 0, content.length);
    else if (typeFlag !== "g") {
      yield { path: longName ?? ustarPath(header), type: entryType(typeFlag, longName ?? ustarPath(header)), content };
      longName = undefined;
    }
    offset = offset + block + Math.ceil(size / block) * block;
  }
  throw new ArchiveError("ends too early: the download was cut off");
}

function entryType(typeFlag: string, path: string): TarEntry["type"] {
  if (typeFlag === "0" || typeFlag === "\0") return "file";
  if (typeFlag === "5") return "directory";
  throw new ArchiveError(`has an entry that is neither file nor folder: "${path}"`);
}

function ustarPath(header: Buffer): string {
  const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
  const name = text(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Records of a pax header: `<length> <key>=<value>\n`. */
function paxPath(content: Buffer): string | undefined {
  const record = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString("utf8"));
  return record?.[1];
}

function text(buffer: Buffer, start: number, length: number): string {
  const field = buffer.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? field.length : end).toString("utf8");
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw new ArchiveError("has a damaged header");
  return Number.parseInt(digits, 8);
}
