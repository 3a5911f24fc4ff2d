import { Document, parse, visit } from "yaml";
import { managedLabels } from "../../components/namespace/labels";
import { isList, isObject, treeOf, type Json, type JsonObject } from "./tree";

const WIDTH = 120;

/** Stands in the text for the labels that every object of the platform has; what they are stands in `labels.yaml`. */
const OUR_LABELS = "(every object's labels)";

/** The tree as YAML: keys sorted, long text in blocks, with a line per condition where it is an expression. */
export function textOf(tree: Json): string {
  const document = new Document(withShortLabels(tree), { aliasDuplicateObjects: false, sortMapEntries: true });
  const blocks: string[] = [];
  visit(document, {
    Scalar(place, scalar) {
      const { value } = scalar;
      if (place === "key") return;
      if (typeof value === "string" && value.includes("\n")) {
        // Of a block that holds nothing but blanks, the library loses some.
        scalar.type = value.trim() === "" ? "QUOTE_DOUBLE" : "BLOCK_LITERAL";
      }
      if (!isFoldable(value)) return;
      scalar.value = placeholder(blocks.length);
      blocks.push(value);
    },
  });
  const text = document.toString({ lineWidth: 0 });
  // What a list holds is further in than its dash.
  return text.replaceAll(
    /^([ -]*)(.*)_folded_(\d+)_$/gm,
    (_, start: string, key: string, index: string) =>
      `${start}${key}>-\n${folded(blocks[Number(index)] ?? "", `${" ".repeat(start.length)}  `)}`,
  );
}

/** The tree of such a text. */
export function treeOfText(text: string): Json {
  return withFullLabels(treeOf(parse(text)));
}

const placeholder = (index: number): string => `_folded_${index}_`;

/** Long text on one line, which a folded block gives back as it is. */
function isFoldable(value: unknown): value is string {
  return typeof value === "string" && value.length > WIDTH && !/[\n\t]|^\s|\s$| {2}/.test(value);
}

/** Lines that end behind `&&` and `||`, and before the margin. */
function folded(value: string, indent: string): string {
  const lines: string[] = [];
  for (const clause of value.split(/(?<= (?:&&|\|\|)) /)) {
    let line = "";
    for (const word of clause.split(" ")) {
      if (line !== "" && indent.length + line.length + word.length >= WIDTH) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => `${indent}${line}`).join("\n");
}

/** Where an object has all labels of the platform, one line stands for them: a new version changes one file. */
function withShortLabels(tree: Json): Json {
  return mapObjects(tree, (object) => {
    const { labels } = object;
    if (!isObject(labels) || !Object.entries(managedLabels).every(([key, value]) => labels[key] === value))
      return object;
    const others = Object.entries(labels).filter(([key]) => !(key in managedLabels));
    return { ...object, labels: { [OUR_LABELS]: true, ...Object.fromEntries(others) } };
  });
}

function withFullLabels(tree: Json): Json {
  return mapObjects(tree, (object) => {
    const { labels } = object;
    if (!isObject(labels) || labels[OUR_LABELS] !== true) return object;
    const others = Object.entries(labels).filter(([key]) => key !== OUR_LABELS);
    return { ...object, labels: { ...managedLabels, ...Object.fromEntries(others) } };
  });
}

function mapObjects(tree: Json, change: (object: JsonObject) => JsonObject): Json {
  if (isList(tree)) return tree.map((item) => mapObjects(item, change));
  if (!isObject(tree)) return tree;
  const changed = Object.entries(change(tree)).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, mapObjects(value, change)] as const],
  );
  return Object.fromEntries(changed);
}
