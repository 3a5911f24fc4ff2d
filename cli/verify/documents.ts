import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAllDocuments } from "yaml";
import { isKubeObject, isRecord, type KubeObject } from "../../lib/kube/client";
import { reasonOf } from "../../lib/kube/errors";

/** A manifest as read: where it stands, and what it says. */
export interface Document {
  /** Path below the directory that was given, or the file's own name. */
  readonly file: string;
  /** Position in the file, from 0; items of a List share it. */
  readonly index: number;
  readonly object: KubeObject;
}

export interface Loaded {
  readonly documents: readonly Document[];
  /** Why something could not be read; the rest was. */
  readonly problems: readonly string[];
}

interface File {
  readonly path: string;
  readonly name: string;
}

const MANIFEST = /\.(ya?ml|json)$/i;

/** Every manifest of the given files and directories. */
export function loadDocuments(paths: readonly string[]): Loaded {
  const problems: string[] = [];
  const documents: Document[] = [];
  for (const path of paths) {
    const files = filesAt(path, problems);
    for (const file of files) {
      const read = readManifests(file);
      documents.push(...read.documents);
      problems.push(...read.problems);
    }
  }
  return { documents, problems };
}

function filesAt(path: string, problems: string[]): File[] {
  try {
    if (!statSync(path).isDirectory()) return [{ path, name: relative(join(path, ".."), path) }];
    const names = readdirSync(path, { recursive: true, encoding: "utf8" });
    const files = names.filter((name) => MANIFEST.test(name)).sort();
    if (files.length === 0) problems.push(`${path}: holds no .yaml, .yml or .json file; give the rendered manifests`);
    return files.map((name) => ({ path: join(path, name), name }));
  } catch (error) {
    problems.push(`${path}: cannot be read: ${reasonOf(error)}`);
    return [];
  }
}

function readManifests(file: File): Loaded {
  try {
    return parseManifests(readFileSync(file.path, "utf8"), file.name);
  } catch (error) {
    return { documents: [], problems: [`${file.path}: cannot be read: ${reasonOf(error)}`] };
  }
}

/** Manifests of one YAML stream or JSON text; Lists are taken apart, empty documents dropped. */
export function parseManifests(text: string, file: string): Loaded {
  const documents: Document[] = [];
  const problems: string[] = [];
  // YAML as the API server's tools read it (sigs.k8s.io/yaml): 1.1 scalars such as `yes` and `0644`, duplicate keys
  // with the last one winning, but no timestamps, base-60 numbers or binary.
  const parsed = parseAllDocuments(text, {
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !isForeignTag(tag)),
  });
  [...parsed].forEach((document, index) => {
    const place = `${file}, document ${index}`;
    const [error] = document.errors;
    if (error !== undefined) {
      problems.push(`${place}: is not YAML: ${error.message.split("\n")[0] ?? ""}`);
      return;
    }
    for (const object of unwrap(document.toJS({ maxAliasCount: 1000 })).map(withoutNulls)) {
      if (isKubeObject(object) && typeof object.metadata.name === "string") {
        documents.push({ file, index, object });
      } else problems.push(`${place}: is not a Kubernetes object: apiVersion, kind or metadata.name is missing`);
    }
  });
  return { documents, problems };
}

const isForeignTag = (tag: { tag: string; format?: string | undefined }): boolean =>
  tag.format === "TIME" || /:(timestamp|binary)$/.test(tag.tag);

function unwrap(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (isRecord(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List")) {
    const { items } = value;
    if (Array.isArray(items)) return Array.from<unknown>(items).flatMap(unwrap);
  }
  return [value];
}

/** Templates render `annotations:` and `namespace: null`; to the API server that is the same as leaving them out. */
function withoutNulls(value: unknown): unknown {
  if (!isRecord(value) || !isRecord(value["metadata"])) return value;
  const metadata = Object.entries(value["metadata"]).filter(([, field]) => field !== null && field !== undefined);
  return { ...value, metadata: Object.fromEntries(metadata) };
}
