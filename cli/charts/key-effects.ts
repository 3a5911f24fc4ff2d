import {
  keyText,
  leafKeys,
  withOtherValue,
  withoutKey,
  type KeyPath,
  type SetKeys,
  type ValueTree,
} from "../../components/charts/values-keys";
import { ChartsError } from "./error";
import { helmTemplate, renderedObjects } from "./helm";

/** A release whose values are tried out. */
export interface ValueSubject extends SetKeys {
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
}

/** Renders values to YAML; `helm template` in the command, a function in tests. */
export type Render = (values: ValueTree) => Promise<string>;

const rendersAtOnce = 2;

/** What was seen of every key. */
export interface KeyEffects {
  /** Key -> `Kind/name path` of the first field that depends on it. */
  readonly effects: Readonly<Record<string, string>>;
  /** Keys without any effect: misspelt, gone from the chart, or below a switch that is off. */
  readonly dead: readonly string[];
}

/** `helm template` of a chart folder. */
export function helmRender(helm: string, folder: string, subject: ValueSubject): Render {
  const { release, namespace } = subject;
  return (values) => helmTemplate({ helm, chart: folder, release, namespace, values: JSON.stringify(values) });
}

/**
 * Renders with and without each key. A key that only repeats the chart's default shows no difference; it is then given
 * another value, and counts as read if that shows.
 *
 * @param keys the keys to try; all of them by default.
 */
export async function keyEffects(
  values: ValueTree,
  render: Render,
  keys: readonly KeyPath[] = leafKeys(values),
): Promise<KeyEffects> {
  if (keys.length === 0) return { effects: {}, dead: [] };
  const base = await render(values);
  const unstable = unstableObjects(base, await render(values));
  const effects: Record<string, string> = {};
  const dead: string[] = [];
  const queue = [...keys];
  const worker = async (): Promise<void> => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const effect = await effectOf(values, path, { base, unstable, render });
      if (effect === undefined) dead.push(keyText(path));
      else effects[keyText(path)] = effect;
    }
  };
  await Promise.all(Array.from({ length: rendersAtOnce }, worker));
  return {
    effects: Object.fromEntries(Object.entries(effects).sort(([a], [b]) => (a < b ? -1 : 1))),
    dead: dead.sort(),
  };
}

interface Comparison {
  readonly base: string;
  readonly unstable: ReadonlySet<string>;
  readonly render: Render;
}

async function effectOf(values: ValueTree, path: KeyPath, comparison: Comparison): Promise<string | undefined> {
  for (const changed of [withoutKey(values, path), withOtherValue(values, path)]) {
    const effect = await difference(changed, comparison);
    if (effect !== undefined) return effect;
  }
  return undefined;
}

async function difference(values: ValueTree, { base, unstable, render }: Comparison): Promise<string | undefined> {
  let rendered: string;
  try {
    rendered = await render(values);
  } catch (error) {
    if (error instanceof ChartsError) return "(the chart refuses to render otherwise)";
    throw error;
  }
  if (rendered === base) return undefined;
  return firstDifference(byName(base), byName(rendered), unstable);
}

/** Objects that differ between two renderings of the same values: passwords and certificates made at render time. */
function unstableObjects(one: string, other: string): Set<string> {
  if (one === other) return new Set();
  const others = byName(other);
  const differing = [...byName(one)].filter(
    ([name, object]) => JSON.stringify(object) !== JSON.stringify(others.get(name)),
  );
  return new Set(differing.map(([name]) => name));
}

function byName(rendered: string): Map<string, unknown> {
  return new Map(renderedObjects(rendered, "helm template").map((object) => [objectName(object), object]));
}

function objectName(object: unknown): string {
  if (typeof object !== "object" || object === null) return "?";
  const kind = "kind" in object ? String(object.kind) : "?";
  const metadata = "metadata" in object ? object.metadata : undefined;
  const name = typeof metadata === "object" && metadata !== null && "name" in metadata ? String(metadata.name) : "?";
  const namespace =
    typeof metadata === "object" && metadata !== null && "namespace" in metadata
      ? `${String(metadata.namespace)}/`
      : "";
  return `${kind}/${namespace}${name}`;
}

function firstDifference(
  base: ReadonlyMap<string, unknown>,
  changed: ReadonlyMap<string, unknown>,
  unstable: ReadonlySet<string>,
): string | undefined {
  for (const [name, object] of base) {
    if (unstable.has(name)) continue;
    if (!changed.has(name)) return `${name} (the whole object)`;
    const path = differingPath(object, changed.get(name), "");
    if (path !== undefined) return `${name} ${path === "" ? "(the whole object)" : path}`;
  }
  const added = [...changed.keys()].find((name) => !base.has(name) && !unstable.has(name));
  return added === undefined ? undefined : `${added} (the whole object)`;
}

function differingPath(one: unknown, other: unknown, path: string): string | undefined {
  if (isMap(one) && isMap(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const found = differingPath(one[key], other[key], path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    for (const [index, item] of one.entries()) {
      const found = differingPath(item, other[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return JSON.stringify(one) === JSON.stringify(other) ? undefined : path;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
