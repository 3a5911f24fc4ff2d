import { boolYaml11Tag, CORE_SCHEMA, load, mergeTag, YAMLException } from "js-yaml";
import { asList, asObject, asString } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import type { DocumentText } from "./split";

// What kubectl reads (sigs.k8s.io/yaml, YAML 1.1): yes and on are booleans and << merges. Dates stay text, as in JSON.
const schema = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag);

/** Nodes that a document may have once its aliases are written out. */
const NODE_LIMIT = 5_000_000;

/** A document that cannot be used. `line` counts within the document, from 0. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  constructor(
    message: string,
    readonly line?: number,
  ) {
    super(message);
  }
}

/** The value of a document. Throws DocumentError. */
export function parseDocument({ text, tooLong }: DocumentText): unknown {
  if (tooLong === true) throw new DocumentError("the document is too long; split it into several");
  const json = /^\s*[{[]/.test(text) ? parseJson(text) : undefined;
  if (json !== undefined) return json.value;
  try {
    const value: unknown = load(text, { schema });
    // Only anchors make a document larger than its text, or endless.
    if (/(^|[\s[{,:-])&\S/m.test(text)) weigh(value, new Map());
    return value;
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    if (error instanceof YAMLException) {
      const hint = /^ *\t/m.test(text) ? "; indent with spaces, not tabs" : "";
      throw new DocumentError(`not valid YAML: ${error.reason}${hint}`, error.mark?.line);
    }
    throw new DocumentError(`not valid YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// Much faster than YAML. A text that is no JSON may still be YAML in flow style.
function parseJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return parseJsonLines(text);
  }
  return countKeys(value) < writtenKeys(text) ? refuseDuplicates() : { value };
}

function refuseDuplicates(): never {
  throw new DocumentError("not valid JSON: an object has the same key twice; remove one");
}

/** One JSON value a line, as `kubectl get -o json | jq -c` prints them. */
function parseJsonLines(text: string): { readonly value: unknown } | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) return undefined;
  try {
    return { value: { kind: "List", items: lines.map((line): unknown => JSON.parse(line)) } };
  } catch {
    return undefined;
  }
}

function writtenKeys(text: string): number {
  let count = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (match[1] !== undefined) count++;
  return count;
}

function countKeys(root: unknown): number {
  let count = 0;
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    const children: readonly unknown[] = Object.values(value);
    if (!Array.isArray(value)) count += children.length;
    for (const child of children) if (typeof child === "object" && child !== null) open.push(child);
  }
  return count;
}

/** How many nodes a value has with every alias written out; refuses too many and endless ones. */
function weigh(value: unknown, known: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  const found = known.get(value);
  if (found !== undefined) {
    if (found < 0) throw new DocumentError("an alias points to a node that contains it; write it out");
    return found;
  }
  known.set(value, -1);
  let weight = 1;
  for (const child of Object.values(value)) {
    weight += weigh(child, known);
    if (weight > NODE_LIMIT)
      throw new DocumentError(`its aliases expand to more than ${NODE_LIMIT} nodes; write fewer of them`);
  }
  known.set(value, weight);
  return weight;
}

/** An object of a document, with its place in it where the document is a list. */
export interface Item {
  readonly object: JsonObject;
  readonly path: readonly (string | number)[];
}

/** The Kubernetes objects of a document: itself, or the items of a List kind. Anything without a kind is none. */
export function objectsOf(value: unknown): readonly Item[] {
  return collect(value, []);
}

function collect(value: unknown, path: readonly (string | number)[]): readonly Item[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown, index) => collect(each, [...path, index]));
  const object = asObject(value);
  const kind = asString(object?.["kind"]);
  if (object === undefined || kind === undefined || kind === "") return [];
  if (!kind.endsWith("List") || !Array.isArray(object["items"])) return [{ object, path }];
  return asList(object["items"]).flatMap((each: Json, index) =>
    collect(withKind(each, object, kind), [...path, "items", index]),
  );
}

// The items of a typed list such as PodList need not repeat apiVersion and kind.
function withKind(item: Json, list: JsonObject, kind: string): Json {
  const object = asObject(item);
  if (object === undefined || object["kind"] !== undefined || kind === "List") return item;
  return { apiVersion: list["apiVersion"], kind: kind.slice(0, -"List".length), ...object };
}
