import * as fs from "node:fs";
import * as path from "node:path";
import { changedPart, differences, inWords, longTexts } from "./differences";
import type { Rooms } from "./rooms";
import { BASE } from "./stack";
import { textOf, treeOfText } from "./text";
import { isObject, sameTree, type Json, type JsonObject } from "./tree";

/** Writes every snapshot anew. */
export const COMMAND = "npm run snapshots";

const folder = __dirname;

/** The content of every snapshot file, by its path below this folder and without its ending. */
export type Snapshots = ReadonlyMap<string, Json>;

/** What the files have to hold: the first stack whole, of each other one the difference to it. */
export function snapshotsOf(stacks: ReadonlyMap<string, Rooms>): Snapshots {
  const base = stacks.get(BASE);
  if (base === undefined) throw new Error(`there is no Pulumi.${BASE}.yaml, whose snapshot is the whole one`);
  const whole = [...base].map(([room, tree]) => [`${BASE}/${room}`, tree] as const);
  const others = [...stacks].filter(([stack]) => stack !== BASE);
  return new Map<string, Json>([
    ...whole,
    ...others.map(([stack, rooms]) => [stack, difference(base, stack, rooms)] as const),
  ]);
}

/** By room, object and path: the value of the whole snapshot, and that of the other stack. */
function difference(base: Rooms, stack: string, rooms: Rooms): JsonObject {
  const names = [...new Set([...base.keys(), ...rooms.keys()])].sort();
  const found = names.map((room) => [room, roomDifference(stack, base.get(room), rooms.get(room))] as const);
  return Object.fromEntries(found.filter(([, objects]) => Object.keys(objects).length > 0));
}

/** The same within one room. */
export function roomDifference(stack: string, there: Json | undefined, here: Json | undefined): JsonObject {
  const objects: Record<string, Record<string, Json>> = {};
  for (const each of differences(there, here)) {
    const paths = (objects[each.object ?? "(room)"] ??= {});
    const path = each.path === "" ? "(whole)" : each.path;
    // Two objects of one name, e.g. one list with what a chart waits for and one with what comes after it.
    let key = path;
    for (let copy = 2; key in paths; copy += 1) key = `${path} (${copy})`;
    paths[key] = bothValues(stack, each.there, each.here);
  }
  return objects;
}

const ABSENT = "(not there)";

function bothValues(stack: string, there: Json | undefined, here: Json | undefined): JsonObject {
  // What only the whole snapshot has can be read there.
  if (here === undefined) return { [stack]: ABSENT };
  if (there === undefined) return { [BASE]: ABSENT, [stack]: here };
  const texts = longTexts(there, here);
  if (texts === undefined) return { [BASE]: there, [stack]: here };
  const { before, one, other } = changedPart(texts);
  return { [BASE]: one, [stack]: other, after: before };
}

/** A value in which the files on disk differ from what the stacks come down to now. */
export interface Complaint {
  /** The file, and the object in it. */
  readonly where: string;
  readonly what: string;
}

export function complaints(kept: Snapshots, now: Snapshots): Complaint[] {
  return [...new Set([...kept.keys(), ...now.keys()])].sort().flatMap((name): Complaint[] => {
    const [there, here] = [kept.get(name), now.get(name)];
    const file = `test/snapshots/${name}.yaml`;
    if (there === undefined) return [{ where: file, what: `there is no such file yet; ${COMMAND} writes it` }];
    if (here === undefined) return [{ where: file, what: `holds nothing of a stack any more; ${COMMAND} deletes it` }];
    if (!name.includes("/")) return changedDifferences(name, there, here);
    return differences(there, here).map((each) => ({
      where: each.object === undefined ? name : `${name}, ${each.object}`,
      what: inWords(each),
    }));
  });
}

/** The same of a file that holds differences: its keys are room, object and path. */
function changedDifferences(stack: string, there: Json, here: Json): Complaint[] {
  const level = (one: Json | undefined, other: Json | undefined) =>
    [...new Set([one, other].flatMap((tree) => (isObject(tree) ? Object.keys(tree) : [])))].map(
      (key) => [key, isObject(one) ? one[key] : undefined, isObject(other) ? other[key] : undefined] as const,
    );
  return level(there, here).flatMap(([room, before, now]) =>
    level(before, now).flatMap(([object, was, is]) =>
      level(was, is).flatMap(([path, one, other]) =>
        sameTree(one, other)
          ? []
          : [{ where: `${stack}, ${room}, ${object}`, what: inWords({ path, there: one, here: other }) }],
      ),
    ),
  );
}

/** How many kinds of difference are shown: enough to see what a change does. */
const SHOWN = 40;

/** A sentence for each; what is the same change in many objects is said once. */
export function sentences(all: readonly Complaint[]): string[] {
  const places = new Map<string, string[]>();
  for (const { where, what } of all) places.set(what, [...(places.get(what) ?? []), where]);
  const lines = [...places].map(([what, [first = "", ...others]]) => {
    const also = others.length === 0 ? "" : ` (and in ${others.length} more: ${others.slice(0, 3).join("; ")}…)`;
    return `${first}: ${what}${also}`;
  });
  const more = lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more kinds of difference`] : [];
  return [...lines.slice(0, SHOWN), ...more];
}

/** The snapshots on disk. */
export function readSnapshots(): Snapshots {
  return new Map(snapshotFiles().map((name) => [name, treeOfText(fs.readFileSync(fileOf(name), "utf8"))]));
}

/** Files whose text is not what would be written for what they hold. */
export function misshapen(kept: Snapshots): string[] {
  return [...kept].flatMap(([name, tree]) =>
    fs.readFileSync(fileOf(name), "utf8") === headed(name, tree)
      ? []
      : [`test/snapshots/${name}.yaml: is not as ${COMMAND} writes it`],
  );
}

/** Makes the files on disk what they have to be, and deletes the others. */
export function writeSnapshots(snapshots: Snapshots): void {
  for (const name of snapshotFiles()) if (!snapshots.has(name)) fs.rmSync(fileOf(name));
  for (const [name, tree] of snapshots) {
    fs.mkdirSync(path.dirname(fileOf(name)), { recursive: true });
    fs.writeFileSync(fileOf(name), headed(name, tree));
  }
}

function headed(name: string, tree: Json): string {
  const what = name.startsWith(`${BASE}/`) ? `Of stack ${BASE}` : `What stack ${name} has otherwise than ${BASE}`;
  return `# ${what}, written by \`${COMMAND}\`: change the program, not this file.\n${textOf(tree)}`;
}

const fileOf = (name: string): string => path.join(folder, `${name}.yaml`);

function snapshotFiles(): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .flatMap((file) => (file.endsWith(".yaml") ? [file.slice(0, -".yaml".length)] : []))
    .sort();
}
