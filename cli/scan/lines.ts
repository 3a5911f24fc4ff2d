import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import type { Source } from "./read";
import { groupBy } from "./report";
import type { Region, ScanFinding } from "./report";

/** A finding and where its object stands. */
export interface Place {
  readonly finding: ScanFinding;
  readonly source: Source;
}

/** Line and column of each finding: of its field, or of the nearest field around it that is written out. */
export function locate(places: readonly Place[]): Map<ScanFinding, Region> {
  const documents = groupBy(places, ({ source }) => `${source.document} ${source.file}`);
  const regions = new Map<ScanFinding, Region>();
  for (const group of documents.values()) {
    const text = group[0]?.source.text;
    if (text === undefined) continue;
    const lineCounter = new LineCounter();
    // Parsed already, and valid: this parser is asked for positions only.
    const document = parseDocument(text, { lineCounter, merge: true, logLevel: "silent", uniqueKeys: false });
    for (const { finding, source } of group) {
      const offset = offsetOf(document, [...source.path, ...steps(finding.path)]);
      const { line, col } = lineCounter.linePos(offset);
      regions.set(finding, { line: source.line + Math.max(line, 1), column: Math.max(col, 1) });
    }
  }
  return regions;
}

/** "spec.containers[0].image" as keys and positions. */
function steps(path: string): (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent)
      ? parent.items.find((each) => isNode(each.key) && String(each.key) === String(key))
      : undefined;
    if (pair !== undefined && isNode(pair.key)) return start(pair.key);
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return start(node);
  }
  return isNode(document.contents) ? start(document.contents) : 0;
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}
