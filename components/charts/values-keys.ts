import { z } from "zod";
import type { ChartFacts } from "./facts";
import recorded from "./recorded-keys.json";

/** Where a values key shows in what the chart renders. */
const chartKeysSchema = z.strictObject({
  /** `name version` of the chart it was seen with. */
  chart: z.string(),
  /** Values key -> `Kind/name path` of the first field that depends on it. */
  keys: z.record(z.string(), z.string()),
});

/** Per operator: the values keys that it sets, and the effect that each was seen to have in the real chart. */
export type ValuesKeys = Readonly<Record<string, z.infer<typeof chartKeysSchema>>>;

/** Reads the content of recorded-keys.json. */
export function parseRecord(content: unknown): ValuesKeys {
  return z.record(z.string(), chartKeysSchema).parse(content);
}

/** What `npm run charts -- values --write` recorded last. */
export const valuesKeys: ValuesKeys = parseRecord(recorded);

/** Values as a plain tree. */
export type ValueTree = { readonly [key: string]: unknown };

/** A values key: the names that lead to it. Written with dots, and quotes around names that hold one. */
export type KeyPath = readonly string[];

/**
 * The keys that a tree of values sets: everything that is not a map, and empty maps. A list counts as one key: Helm
 * replaces lists whole.
 */
export function leafKeys(values: ValueTree, prefix: KeyPath = []): KeyPath[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = [...prefix, key];
    if (value === undefined) return [];
    return isTree(value) && Object.keys(value).length > 0 ? leafKeys(value, path) : [path];
  });
}

/** A key as text: `a.b."c.d"`. */
export function keyText(path: KeyPath): string {
  return path.map((part) => (part.includes(".") ? JSON.stringify(part) : part)).join(".");
}

/** The values without that key. Maps that become empty go too, for an empty map can be a value of its own. */
export function withoutKey(values: ValueTree, path: KeyPath): ValueTree {
  return changedKey(values, path, () => undefined);
}

/** The values with that key changed to something else of the same type: shows that a key is read, not what it does. */
export function withOtherValue(values: ValueTree, path: KeyPath): ValueTree {
  return changedKey(values, path, otherValue);
}

function changedKey(values: ValueTree, path: KeyPath, change: (value: unknown) => unknown): ValueTree {
  const [key, ...rest] = path;
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
      if (name !== key) return [[name, value]];
      if (rest.length === 0) {
        const changed = change(value);
        return changed === undefined ? [] : [[name, changed]];
      }
      const inner = isTree(value) ? changedKey(value, rest, change) : value;
      return isTree(inner) && Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

function otherValue(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return value === "" ? "changed" : `${value}0`;
  if (Array.isArray(value)) return value.length > 0 ? [] : ["changed"];
  return isTree(value) ? { changed: "changed" } : "changed";
}

function isTree(value: unknown): value is ValueTree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The values of an operator, and the keys among them that are known to change nothing. */
export interface SetKeys {
  readonly operator: string;
  readonly values: ValueTree;
  readonly inert: NonNullable<ChartFacts["inertKeys"]>;
}

/** A key that an operator sets and of which no effect is on record, or a record of another chart version. */
export function unrecordedKeys(
  { operator, values, inert }: SetKeys,
  chart: string,
  known: ValuesKeys = valuesKeys,
): string[] {
  const record = known[operator];
  if (record === undefined)
    return [`operator ${operator}: no values key is on record; run npm run charts -- values --write`];
  if (record.chart !== chart) {
    return [
      `operator ${operator}: values keys are on record for ${record.chart}, not ${chart}; run npm run charts -- values --write`,
    ];
  }
  return leafKeys(values)
    .map(keyText)
    .filter((key) => record.keys[key] === undefined && inert[key] === undefined)
    .map(
      (key) => `operator ${operator}: values key ${key} has no effect on record; run npm run charts -- values --write`,
    );
}
