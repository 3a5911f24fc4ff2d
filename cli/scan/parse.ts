import { asObject, asString } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { itemsOf } from "../../policypack/engine/items";
import type { Item } from "../../policypack/engine/items";
import { hasDuplicateKeys, JsonRest, readJson } from "./json-stream";
import type { DocumentText } from "./split";
import { unrenderedAmong, unrenderedHint } from "./templates";
import { YamlError } from "./yaml/error";
import { readYaml } from "./yaml/read";

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

/** The value of a document, read as kubectl reads it. Throws DocumentError. */
export function parseDocument({ text, tooLong }: DocumentText): unknown {
  if (tooLong === true) throw new DocumentError("the document is too long; split it into several");
  // A marker before it changes nothing for JSON; the place of what stands behind it stays.
  const json = /^(---)?\s*[{[]/.test(text) ? fromJson(text.replace(/^---/, "   ")) : undefined;
  return json === undefined ? fromYaml(text) : json.value;
}

function fromJson(text: string): { readonly value: unknown } | undefined {
  const values = jsonOf(text);
  // A text that is no JSON may still be YAML in flow style.
  if (values === undefined) return undefined;
  if (hasDuplicateKeys(text, values))
    throw new DocumentError("not valid JSON: an object has the same key twice; remove one");
  return { value: values.length === 1 ? values[0] : { kind: "List", items: values } };
}

function jsonOf(text: string): readonly unknown[] | undefined {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonRest) throw new DocumentError(`not valid JSON: ${error.message}`, error.line);
    throw error;
  }
}

function fromYaml(text: string): unknown {
  try {
    const { value, hasAliases } = readYaml(text);
    // Only aliases make a document larger than its text.
    if (hasAliases) weigh(value, new Map());
    return value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const hint = unrenderedHint(text);
    throw new DocumentError(`not valid YAML: ${error.message}${hint === undefined ? "" : `; ${hint}`}`, error.line);
  }
}

/** How many nodes a value has with every alias written out; refuses too many. */
function weigh(value: unknown, known: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  const found = known.get(value);
  if (found !== undefined) return found;
  let weight = 1;
  for (const child of Object.values(value)) {
    weight += weigh(child, known);
    if (weight > NODE_LIMIT)
      throw new DocumentError(`its aliases expand to more than ${NODE_LIMIT} nodes; write fewer of them`);
  }
  known.set(value, weight);
  return weight;
}

/** The Kubernetes objects of a document: itself, or the items of a List kind. Throws DocumentError. */
export function objectsOf(value: unknown, text: string): readonly Item[] {
  const items = itemsOf(value);
  if (items.length === 0) refuseNearObject(asObject(value));
  const unrendered = unrenderedAmong(items, text);
  if (unrendered !== undefined)
    throw new DocumentError(`not rendered: ${unrenderedHint(text) ?? "render it first and scan the result"}`);
  return items;
}

/** What API objects have and files such as values.yaml and Chart.yaml have not. */
const OWN_KEYS = ["metadata", "spec"];

/** A document without a kind that is meant as an object: kubectl refuses it, so it is not left alone in silence. */
function refuseNearObject(value: JsonObject | undefined): void {
  if (value === undefined) return;
  const written = Object.keys(value);
  const misspelt = written.find((key) => key !== "kind" && key.toLowerCase() === "kind");
  const hasVersion = written.some((key) => key.toLowerCase() === "apiversion");
  const looksLikeOne = hasVersion && OWN_KEYS.some((key) => asObject(value[key]) !== undefined);
  if (misspelt !== undefined && (hasVersion || looksLikeOne) && asString(value[misspelt]) !== undefined)
    throw new DocumentError(`no Kubernetes object: it has no "kind"; did you mean "kind" for "${misspelt}"?`);
  if (looksLikeOne && asString(value["kind"]) === undefined)
    throw new DocumentError('no Kubernetes object: it has an apiVersion and no "kind"; name its kind');
}
