import { isList, isObject, JSON_TEXT, sameTree, type Json } from "./tree";

/** One value that is not the same in two trees; undefined where it is in one of them only. */
export interface Difference {
  /** The Kubernetes object that holds it, where one does: `Kind namespace/name`. */
  readonly object?: string;
  /** Within the object, or within the room. */
  readonly path: string;
  readonly there: Json | undefined;
  readonly here: Json | undefined;
}

/** Everything that differs between two trees. */
export function differences(there: Json | undefined, here: Json | undefined): Difference[] {
  return [...compare({ path: "" }, there, here)];
}

type Place = Pick<Difference, "object" | "path">;

function* compare(place: Place, there: Json | undefined, here: Json | undefined): Generator<Difference, void> {
  if (isObject(there) && isObject(here)) {
    for (const key of new Set([...Object.keys(there), ...Object.keys(here)])) {
      yield* compare(inside(place, fieldStep(key)), there[key], here[key]);
    }
  } else if (isList(there) && isList(here) && !(there.every(isScalar) && here.every(isScalar))) {
    yield* compareLists(place, there, here);
  } else if (!sameTree(there, here)) {
    yield { ...place, there, here };
  }
}

const isScalar = (value: Json): boolean => typeof value !== "object" || value === null;

/** Elements with names are paired by name; others by place, after what is the same at both ends. */
function* compareLists(place: Place, there: readonly Json[], here: readonly Json[]): Generator<Difference, void> {
  const [named, others] = [namedElements(there), namedElements(here)];
  if (named === undefined || others === undefined) return yield* compareByPlace(place, there, here);
  for (const name of new Set([...named.keys(), ...others.keys()])) {
    const [one, other] = [named.get(name), others.get(name)];
    yield* compare(elementPlace(place, name, one ?? other), one, other);
  }
  const [order, otherOrder] = [named, others].map((all, index) =>
    [...all.keys()].filter((name) => (index === 0 ? others : named).has(name)),
  );
  if (!sameTree(order, otherOrder)) yield { ...inside(place, "(order)"), there: order, here: otherOrder };
}

function* compareByPlace(place: Place, there: readonly Json[], here: readonly Json[]): Generator<Difference, void> {
  const shorter = Math.min(there.length, here.length);
  let start = 0;
  while (start < shorter && sameTree(there[start], here[start])) start += 1;
  let end = 0;
  while (end < shorter - start && sameTree(there.at(-1 - end), here.at(-1 - end))) end += 1;
  const changed = Math.max(there.length, here.length) - end;
  for (let index = start; index < changed; index += 1) {
    const one = index < there.length - end ? there[index] : undefined;
    const other = index < here.length - end ? here[index] : undefined;
    yield* compare(inside(place, `[${index}]`), one, other);
  }
}

/** The elements by name, or undefined where one has none or two have the same. */
function namedElements(list: readonly Json[]): ReadonlyMap<string, Json> | undefined {
  const named = new Map<string, Json>();
  for (const element of list) {
    const name = nameOf(element);
    if (name === undefined || named.has(name)) return undefined;
    named.set(name, element);
  }
  return named;
}

/** Fields that tell elements of lists apart, in the order in which they are asked. */
const namingFields = ["name", "namespace", "operator", "alert", "key", "kind"] as const;

function nameOf(element: Json): string | undefined {
  const object = objectName(element);
  if (object !== undefined || !isObject(element)) return object;
  return namingFields.map((field) => element[field]).find((value) => typeof value === "string");
}

/** `Kind namespace/name` of a Kubernetes object. */
function objectName(element: Json | undefined): string | undefined {
  if (!isObject(element)) return undefined;
  const { kind, metadata } = element;
  if (typeof kind !== "string" || !isObject(metadata) || typeof metadata["name"] !== "string") return undefined;
  const { namespace } = metadata;
  return `${kind} ${typeof namespace === "string" ? `${namespace}/` : ""}${metadata["name"]}`;
}

function elementPlace(place: Place, name: string, element: Json | undefined): Place {
  return objectName(element) === undefined ? inside(place, `[${name}]`) : { object: name, path: "" };
}

function fieldStep(key: string): string {
  if (key === JSON_TEXT) return "";
  return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function inside({ path, ...rest }: Place, step: string): Place {
  return { ...rest, path: `${path}${step}`.replace(/^\./, "") };
}

const LONG = 400;

/** Texts of which only the changed part is shown; undefined where one of them is none, or both are short. */
export function longTexts(one: Json | undefined, other: Json | undefined): readonly [string, string] | undefined {
  if (typeof one !== "string" || typeof other !== "string") return undefined;
  return one.length + other.length < LONG ? undefined : [one, other];
}

/** Of two long texts, the lines or words from the first difference to the last, and what stands before them. */
export function changedPart([one, other]: readonly [string, string]): { before: string; one: string; other: string } {
  const separator = [one, other].some((text) => text.includes("\n")) ? "\n" : " ";
  const unit = separator === "\n" ? "line" : "word";
  const [left, right] = [one.split(separator), other.split(separator)];
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < shorter - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  const part = (all: readonly string[]): string => all.slice(start, all.length - end).join(separator);
  const context = left.slice(Math.max(0, start - (unit === "line" ? 1 : 8)), start).join(separator);
  return { before: `${unit} ${start}: ${context}`, one: part(left), other: part(right) };
}

/** `spec.failurePolicy: is "Ignore", and the snapshot says "Fail"`. */
export function inWords({ path, there, here }: Difference): string {
  const what = path === "" ? "" : `${path}: `;
  if (there === undefined) return `${what}is new, and not in the snapshot: ${short(here)}`;
  if (here === undefined) return `${what}is gone; the snapshot has ${short(there)}`;
  const texts = longTexts(there, here);
  if (texts !== undefined) {
    const { before, one, other } = changedPart(texts);
    return `${what}behind ${before.trim()} is ${short(other)}, and the snapshot says ${short(one)}`;
  }
  if (isList(there) && isList(here)) {
    const [more, less] = [without(here, there), without(there, here)];
    if (more.length + less.length > 0) {
      return `${what}has ${more.length === 0 ? "nothing" : short(more)} more than the snapshot, and lacks ${less.length === 0 ? "nothing" : short(less)}`;
    }
  }
  return `${what}is ${short(here)}, and the snapshot says ${short(there)}`;
}

const without = (list: readonly Json[], other: readonly Json[]): Json[] =>
  list.filter((item) => !other.some((each) => sameTree(each, item)));

function short(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= LONG ? text : `${text.slice(0, LONG)}… (${text.length} characters)`;
}
