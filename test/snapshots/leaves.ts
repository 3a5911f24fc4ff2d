import { complaints, readSnapshots, roomDifference, snapshotsOf, type Snapshots } from "./files";
import { differences } from "./differences";
import { roomsOf, type Rooms } from "./rooms";
import { BASE, type Whole } from "./stack";
import { isObject, sameTree, type Leaf } from "./tree";

export type Path = readonly (string | number)[];

/** Every value of a stack that is not itself made of values, with the way to it. */
export function* leavesOf(value: unknown, path: Path = []): Generator<{ path: Path; leaf: Leaf }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leavesOf(item, [...path, index]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* leavesOf(item, [...path, key]);
  } else if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    yield { path, leaf: value };
  }
}

/** Stands for a value that is taken away. */
export const REMOVED: unique symbol = Symbol("removed");

export type Change = Leaf | typeof REMOVED;

/** Values that are not the leaf's: another of its kind, the same in another kind, nothing. */
export function changesOf(leaf: Leaf): readonly Change[] {
  if (typeof leaf === "number") return [leaf + 1, String(leaf), REMOVED];
  if (typeof leaf === "boolean") return [!leaf, String(leaf), REMOVED];
  if (leaf === null) return ["", REMOVED];
  return [`${leaf}0`, leaf.slice(0, -1) === leaf ? "1" : leaf.slice(0, -1), REMOVED];
}

/** The stack with one value changed; what is not on the way to it is shared with the original. */
export function changed<T>(whole: T, path: Path, change: Change): T;
export function changed(value: unknown, [step, ...rest]: Path, change: Change): unknown {
  const next = (inner: unknown): unknown => (rest.length === 0 ? change : changed(inner, rest, change));
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => (index === step ? next(item) : item));
    return items.filter((item) => item !== REMOVED);
  }
  if (typeof value !== "object" || value === null) throw new Error(`${String(step)}: there is nothing to change`);
  const fields = Object.entries(value).map(([key, item]) => [key, key === step ? next(item) : item] as const);
  return Object.fromEntries(fields.filter(([, item]) => item !== REMOVED));
}

/** What the snapshots notice, for many changes one after another: only rooms that a change touches are compared. */
export class Eyes {
  private readonly rooms: ReadonlyMap<string, Rooms>;

  /** @throws an Error when the snapshots are not those of the stacks: then every change would be noticed. */
  constructor(
    private readonly stacks: ReadonlyMap<string, Whole>,
    private readonly kept: Snapshots = readSnapshots(),
  ) {
    this.rooms = new Map([...stacks].map(([stack, whole]) => [stack, roomsOf(whole)]));
    const [first] = complaints(kept, snapshotsOf(this.rooms));
    if (first !== undefined) throw new Error(`the snapshots are not up to date: ${first.where}: ${first.what}`);
  }

  /** Whether the stack would pass the test of the snapshots with this value changed. */
  miss(stack: string, path: Path, change: Change): boolean {
    const whole = this.stacks.get(stack);
    const before = this.rooms.get(stack);
    if (whole === undefined || before === undefined) throw new Error(`${stack}: is no stack`);
    let after: Rooms;
    try {
      after = roomsOf(changed(whole, path, change));
    } catch {
      return false;
    }
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((room) => !sameTree(before.get(room), after.get(room)))
      .every((room) => !this.sees(stack, room, after));
  }

  private sees(stack: string, room: string, after: Rooms): boolean {
    if (stack === BASE) return differences(this.kept.get(`${BASE}/${room}`), after.get(room)).length > 0;
    const kept = this.kept.get(stack);
    const found = roomDifference(stack, this.rooms.get(BASE)?.get(room), after.get(room));
    return differences(isObject(kept) ? (kept[room] ?? {}) : {}, found).length > 0;
  }
}
